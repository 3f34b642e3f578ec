import type { ConversationId, Stored, UserId } from '../wire.gen.ts';

/** Something unsent, as it is kept: a frame that waits for its ack. */
export interface OutboxRecord {
  /** The same for every attempt. */
  key: string;
  /** Whose it is. */
  user: UserId;
  conversation: ConversationId;
  /** Its place in line: rises. */
  order: number;
  /** When it was made, in milliseconds since 1970. */
  madeAt: number;
  /** The head that was known at the first attempt; the same for every further one. */
  after: number | undefined;
  /** The frame without `id`, `key` and `after`. */
  frame: OutboxFrame;
  /** It was refused for good: it waits for `retry()` or `cancel()`. */
  failed?: { code: string; message: string } | undefined;
}

/** What goes through the outbox. */
export type OutboxFrame =
  | { action: 'sendMessage'; text: string; type?: string | undefined; replyTo?: number | undefined }
  | { action: 'editMessage'; seq: number; text: string }
  | { action: 'deleteMessage'; seq: number }
  | { action: 'react'; seq: number; emoji: string; remove?: boolean | undefined };

/**
 * Where unsent messages outlive a reload. Two tabs may share one storage: a record belongs to whoever put or claimed
 * it, until that one closes its drawer or dies. What rejects, or does not answer within 5 seconds, is told as an `error`
 * with `storage-failed`; messages are then sent from memory, and kept again once it answers.
 */
export interface OutboxStorage {
  /** Opens the drawer of one user for one tab. */
  open(user: UserId): Promise<OutboxDrawer>;
}

/** What one tab puts by for one user. */
export interface OutboxDrawer {
  /** All of the user's records that nobody holds any more: from now on they are this tab's. */
  claim(): Promise<OutboxRecord[]>;
  /** Keeps a record, or what became of it. Done when it would survive a crash of the tab. */
  put(record: OutboxRecord): Promise<void>;
  remove(key: string): Promise<void>;
  /** Leaves what is still there to others. */
  close(): void;
}

/** Something on its way. */
export interface Sending {
  /** The same for every attempt; a message in the view has it too. */
  readonly key: string;
  /** Settles when it is stored, refused for good or cancelled. Needs no `catch`: the view shows what failed. */
  readonly sent: Promise<Stored>;
  /** Takes it back where it was never handed to a connection or was refused; `false` where it is too late. */
  cancel(): boolean;
  /** Tries what was refused once more, at the end of the line. */
  retry(): Sending;
}

/** Why something in the outbox is not sent yet. */
export type SendingState = 'waiting' | 'sending' | 'failed';
