import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import type { Goodbye, Presence } from '../../schema/pushes.ts';
import type { Ask } from '../beats/port.ts';
import type { Live } from '../connections/port.ts';

/**
 * Who counts as online, who wants to know, and who is typing. It looks at the connections that `Connections` keeps,
 * by the numbers of lib/presence/rules.ts.
 *
 * It is a memory: it may forget anything at any time. An adapter MUST do each call on one user in one step; MUST count
 * several connections as one user; MUST decide by one clock. Every failure is an `unavailable` AppError.
 */
export type Presences = {
  /** States now, in the order of `users`. With a watcher, who goes on to be told of their changes. */
  of(users: UserId[], watcher?: Watcher): Promise<Presence[]>;
  /** Replaces whom a connection watches, and says how they are now. */
  watch(watcher: Watcher, users: UserId[]): Promise<Presence[]>;
  /** Where those are connected who want to know of a user now. */
  watchers(user: UserId): Promise<{ user: UserId; connections: Live[] }[]>;
  /** From here on no connection of `watcher` watches the user, until it asks again. */
  hide(user: UserId, watcher: UserId): Promise<void>;
  /** What the sweep does with one user: takes away the connections whose time is over, and says what is to be done. */
  look(user: UserId): Promise<Looked>;
  /** Watchers were told. `false` where it is otherwise by now. */
  told(user: UserId, online: boolean): Promise<boolean>;
  /** Last seen was kept where it lasts. */
  kept(user: UserId, seen: number): Promise<void>;
  /** Whether the others are to be told, now: of a start at most once in 3 s, of an end only after a start. */
  typing(user: UserId, conversation: ConversationId, active: boolean): Promise<boolean>;
};

export type Watcher = { user: UserId; connection: ConnectionId };

export type Looked = {
  now: Presence;
  /** Watchers believe otherwise, until they are `told`. */
  changed: boolean;
  /** Last seen, where it is time to keep it; until it is `kept`. */
  keep?: number;
  goodbyes: Leaving[];
  /** When to look next; without it there is nothing more to look for. */
  next?: Ask;
};

/** `closed`: it is taken away. Else the client is asked to come back on another connection first. */
export type Leaving = { connection: ConnectionId; code: Goodbye['code']; closed: boolean };
