import type { ParleyError } from '../error.ts';
import type {
  ConversationId,
  ConversationKind,
  Entry,
  Receipts,
  Role,
  Stored,
  Unread,
  UserId,
} from '../wire.gen.ts';
import type { Listening, Live } from './live.ts';
import type { Sending, SendingState } from './outbox.ts';

/** A message as it is now: edits, deletion and reactions are folded in. Its identity changes only when it does. */
export interface Message {
  readonly kind: 'message';
  /** Its sender's key: the same before and after it is stored, so a good key for lists (with `from`). */
  readonly key: string;
  /** Its place in the log; absent until it is stored. */
  readonly seq: number | undefined;
  /** When it was stored, or made where it is not yet; milliseconds since 1970. */
  readonly ts: number;
  readonly from: UserId;
  /** A word of its sender's; `text` unless given. */
  readonly type: string;
  /** Empty where it was deleted. Plain text, never HTML. */
  readonly text: string;
  readonly replyTo: number | undefined;
  /** The message that is answered, where it is loaded. */
  readonly reply: Message | undefined;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: readonly Reaction[];
  /** Of one's own: `stored`, or where it stands in the outbox. */
  readonly state: 'stored' | SendingState;
  /** Why it, or a change of it, was refused. */
  readonly error: ParleyError | undefined;
  /** The key of what was refused: `sending(key)` can retry it, or by `cancel()` forget it. */
  readonly refused: string | undefined;
  /** A change of it (edit, deletion, reaction) is shown already, but not stored yet. */
  readonly changing: boolean;
}

/** An emoji on a message, and who put it there. */
export interface Reaction {
  readonly emoji: string;
  readonly users: readonly UserId[];
}

/** What happened to the conversation or its members, in the place where it happened. */
export interface Notice {
  readonly kind: 'notice';
  readonly key: string;
  readonly seq: number;
  readonly ts: number;
  readonly from: UserId;
  readonly entry: Exclude<Entry, { type: `message.${string}` }>;
}

/** One line of a conversation. */
export type Item = Message | Notice;

/** How far somebody has got: everything up to these seqs. */
export interface Watermark {
  readonly delivered: number;
  readonly read: number;
}

/** Somebody in a conversation. */
export interface Member {
  readonly user: UserId;
  readonly name: string;
  readonly role: Role;
}

/** A conversation in the list. Its identity changes only when something in it does. */
export interface ConversationSummary {
  readonly id: ConversationId;
  /** Absent until the server has told. */
  readonly kind: ConversationKind | undefined;
  readonly title: string | undefined;
  /** The other one of a direct conversation. */
  readonly peer: UserId | undefined;
  readonly role: Role | undefined;
  /** The highest seq. */
  readonly head: number;
  /** The newest message, also an unsent one of one's own. */
  readonly lastMessage: Message | undefined;
  /** Messages of others above the own read watermark; with `more` at least so many. */
  readonly unread: Unread;
  /** Who is typing. */
  readonly typing: readonly UserId[];
  /** When something happened last; milliseconds since 1970. */
  readonly activeAt: number;
}

/** An open conversation. Its identity changes only when something in it does, and so does that of every part. */
export interface ConversationView extends ConversationSummary {
  /** Oldest first; at the end, where that is the newest, the `unsent`. */
  readonly items: readonly Item[];
  /** There are older ones: `loadOlder()`. */
  readonly hasOlder: boolean;
  /** The view is away from the newest, after `jumpTo()`: `loadNewer()`, `jumpToNewest()`. */
  readonly hasNewer: boolean;
  /** Of one's own, on their way or refused: the end of `items`, and in a view away from the newest here alone. */
  readonly unsent: readonly Message[];
  /** Something is being loaded. */
  readonly loading: boolean;
  /** Why the opening or a loading failed, until it is done after all: `retry()`. A jump tells it by its promise. */
  readonly error: ParleyError | undefined;
  /** The first message that was unread at the first opening: a line goes above it until all openings are closed. */
  readonly unreadLine: number | undefined;
  /** By user, as far as known. */
  readonly receipts: ReadonlyMap<UserId, Watermark>;
  /**
   * How far *all* other members have got: a message of one's own up to `read` is read by everyone who was there when it
   * was written, as far as the joinings since then are loaded. With more than 32 members the server does not tell it:
   * then it is asked for while the conversation is open, 15 seconds after something happened and ever less often for
   * 8 minutes. With more than 100 it stays 0: ask `receipts(seq)`.
   */
  readonly others: Watermark;
  /** The first 100, by id; all of them by `members()`. Empty until loaded. */
  readonly members: readonly Member[];
}

/** What part of the past. Without `after`, what a person reads; with it, every entry of the log. */
export interface HistoryRange {
  /** Only entries with a lower seq. */
  before?: number;
  /** Only entries with a higher seq. */
  after?: number;
  /** Only this UTC month, like `2025-04`. */
  month?: string;
  /** Entries that one request brings: at most 100, 50 unless given. */
  pageSize?: number;
  signal?: AbortSignal | undefined;
}

/** From where to follow, how long, and who hears that it ended with an error, such as `not-found`. */
export interface Following extends Listening {
  after?: number;
  onError?(error: ParleyError): void;
}

/** A conversation. Asking for the same id again gives the same object. */
export interface Conversation {
  readonly id: ConversationId;

  /**
   * Sends a message: as soon as possible, in order, and exactly once.
   * Where too much is unsent already (`outboxLimit`), what was refused first is forgotten to make room; where nothing
   * was, it throws `outbox-full`. Throws `too-large` where it would not fit a frame.
   */
  send(text: string, options?: { replyTo?: number; type?: string }): Sending;
  /** Changes the text of a message of one's own. */
  edit(seq: number, text: string): Sending;
  /** Deletes a message: its text is gone for ever. */
  delete(seq: number): Sending;
  /** Puts an emoji to a message, or with `remove` takes it away. */
  react(seq: number, emoji: string, options?: { remove?: boolean }): Sending;
  /** The handle of something unsent, by its key. */
  sending(key: string): Sending | undefined;

  /** Says that a person saw everything up to `seq`, or everything there is. Arrival is told by itself. */
  markRead(seq?: number): void;
  /** Call it at each keystroke (`true`), and when the text is gone (`false`). Sent sparingly. */
  typing(active: boolean): void;

  /**
   * `for await`: the past, newest to oldest, page by page as it is asked for. A page that cannot be had at once is tried
   * for again; throws where that does not help.
   */
  history(range?: HistoryRange): AsyncIterable<Entry>;
  /**
   * Every entry above `after` (unless given, the newest known), each once and in order: first from the past, then as
   * they happen, whatever the connection does. Returns its end. It ends by itself where the conversation is not, or no
   * longer, the caller's: `onError` is told why.
   */
  subscribe(listener: (entry: Entry) => void, options?: Following): () => void;

  /** Who received and read one message, and when. */
  receipts(seq: number): Promise<Receipts['items']>;
  /** `for await`: all members, by id. */
  members(): AsyncIterable<Member>;
  /** Adds a member to a group or a room, as `member` unless a role is given. */
  add(user: UserId, options?: { role?: Role }): Promise<Stored>;
  /** Removes a member. */
  remove(user: UserId): Promise<Stored>;
  /** Gives a member another role. */
  changeRole(user: UserId, role: Role): Promise<Stored>;
  /** Gives a group or a room another title. */
  rename(title: string): Promise<Stored>;
  /** Joins a room. */
  join(): Promise<Stored>;
  /** Leaves a group or a room: from there on nothing of it is the caller's. */
  leave(): Promise<Stored>;
}

/** A conversation with what is shown of it. */
export interface ChatConversation extends Conversation, Live<ConversationView> {
  /**
   * Loads the newest messages, receipts and members; where it is not open already, it also draws the unread line. Call
   * the result when it is closed.
   */
  open(): () => void;
  /** Loads a page of older messages into the view. Does nothing where none is left, or while a jump is under way. */
  loadOlder(): Promise<void>;
  /** After `jumpTo()`: loads a page of newer ones. */
  loadNewer(): Promise<void>;
  /**
   * Moves the view to the end of a UTC month, like `2025-04`, or to where a seq is in it; stays where that is so
   * already. Rejects with `not-found` where there is nothing, and with `cancelled` where a later jump, or
   * `jumpToNewest()`, leads elsewhere: the last one counts.
   */
  jumpTo(where: string | number): Promise<void>;
  /** Moves the view back to the newest. */
  jumpToNewest(): void;
  /** Tries once more what failed: see `error`. */
  retry(): void;
}
