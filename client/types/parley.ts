import type { ConversationId, Me, Presence, UnreadTotal, User, UserId } from '../wire.gen.ts';
import type { ConnectionChange, ConnectionState, GetToken } from './connection.ts';
import type { ChatConversation, Conversation, ConversationSummary } from './conversation.ts';
import type { Clock, SocketConstructor, Surroundings } from './environment.ts';
import type { ParleyEvents } from './events.ts';
import type { Listening, Live } from './live.ts';
import type { OutboxStorage } from './outbox.ts';

/** Where to connect, and as whom. */
export interface ConnectOptions {
  /** The socket: `wss://…`. */
  url: string;
  /** The HTTP side: `https://…`. Unless given, the host of `url`. */
  httpUrl?: string;
  getToken: GetToken;
  /** Whose token it is, where that is known: then unsent messages show before the first connection. */
  user?: UserId;
  /** Where unsent messages outlive a reload: `indexedDBStorage()` of `@parley/client/indexeddb`. In memory unless given. */
  storage?: OutboxStorage;
  /** Seconds between signs of life, 1 to 600; 30 unless given. A dead connection is noticed within two of them. */
  heartbeat?: number;
  /**
   * How much may be unsent at a time, with what was refused and is neither retried nor cancelled: 500 unless given. One
   * more takes the place of what was refused first; where nothing was, it is `outbox-full`.
   */
  outboxLimit?: number;
  /** `false` leaves marking as delivered to the caller. */
  autoDelivered?: boolean;
  WebSocket?: SocketConstructor;
  fetch?: typeof fetch;
  clock?: Clock;
  /** At least 0 and below 1: jitter and keys are made of it. Keys are random UUIDs unless given. */
  random?: () => number;
  surroundings?: Surroundings;
}

/** The caller's conversations, newest activity first. */
export interface ConversationsView {
  readonly items: readonly ConversationSummary[];
  /** There are more: `loadMore()`. */
  readonly hasMore: boolean;
  readonly loading: boolean;
  /** Over all conversations; those that are not loaded are counted by the server once the list has settled. */
  readonly unread: UnreadTotal;
}

/** The list of conversations. */
export interface Conversations extends Live<ConversationsView> {
  /** Loads another page into the list. */
  loadMore(): Promise<void>;
}

/** Who is online. */
export interface PresenceWatch extends Live<ReadonlyMap<UserId, Presence>> {
  /** Watches these users too, until the returned function is called. The newest 20 of all that is watched count. */
  watch(users: readonly UserId[], options?: Listening): () => void;
}

/** Names of users. */
export interface Users extends Live<ReadonlyMap<UserId, User>> {
  /** What is known of a user; where that is nothing, it is asked for, and told by `onChange`. */
  name(id: UserId): string | undefined;
  /** One by the whole name, or many by their ids; those that exist. */
  find(by: { name: string } | { ids: readonly UserId[] }): Promise<User[]>;
}

/** A connection to Parley, and everything that is reached by it. */
export interface Parley {
  readonly state: ConnectionState;
  /** The last step of the connection. */
  readonly connection: Live<ConnectionChange>;
  /** Who is signed in; absent until the server has told. */
  readonly me: Me | undefined;
  /** Settles when connected and nothing is missing for the first time; rejects when that has failed for good. */
  readonly ready: Promise<void>;

  /** Hears of what happens. Returns its end. */
  on<Name extends keyof ParleyEvents>(
    name: Name,
    listener: (event: ParleyEvents[Name]) => void,
    options?: Listening,
  ): () => void;

  /** A conversation by its id; the same object for the same id. */
  conversation(id: ConversationId): Conversation;
  /** The direct conversation with a user, which is created where there is none. */
  direct(user: UserId): Promise<Conversation>;
  /** Creates a group of the caller and these. */
  createGroup(title: string, members: readonly UserId[]): Promise<Conversation>;
  /** Creates a group that anyone signed in may join who knows its id. */
  createRoom(title: string): Promise<Conversation>;

  /** Any request of `/v1`, with the token of this connection. Rejects with a `ParleyError`. */
  request<Reply>(method: string, path: string, body?: object, options?: Listening): Promise<Reply>;

  /** Connects now: after `failed`, or without waiting for the next attempt. */
  connect(): void;
  /** Ends everything. What is unsent stays in the storage. */
  close(): void;
}

/** A connection, and what a page shows of everything that is reached by it. */
export interface Chat extends Parley {
  readonly conversations: Conversations;
  readonly presence: PresenceWatch;
  readonly users: Users;
  conversation(id: ConversationId): ChatConversation;
  direct(user: UserId): Promise<ChatConversation>;
  createGroup(title: string, members: readonly UserId[]): Promise<ChatConversation>;
  createRoom(title: string): Promise<ChatConversation>;
}
