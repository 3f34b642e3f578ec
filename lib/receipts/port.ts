import type { ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Watermarks } from '../../schema/pushes.ts';

/**
 * How far each member has received and read: watermarks, and the log of when each passed. An adapter MUST NOT let a
 * stored watermark fall, whatever the order of marks; MUST write the log's row before the watermark, so that every
 * watermark has one; MUST take a read mark for a delivered one too; MUST answer a repeated mark like the first. What
 * is remembered beside it may be forgotten at any time, MUST be the higher of what was stored and what was raised,
 * and MUST be forgotten within an hour. Failures are `unavailable` AppErrors, and the mark may have been stored.
 */
export type Receipts = {
  /** Of everybody who has any, former members too. From the store where memory is away. */
  of(conversation: ConversationId): Promise<Watermarks[]>;
  /** One user's own; zeros where there are none. One trip where they are remembered. */
  own(conversation: ConversationId, user: UserId): Promise<Watermarks>;
  /** Stores a mark for good. Who knows where its user stood `before` saves a question. */
  store(mark: Mark, before?: Watermarks): Promise<void>;
  /**
   * Logs a mark that raises nothing, since another device of its user had been there before. A device that has passed
   * already, within the next thousand rows, keeps the time at which it did.
   */
  pass(mark: Mark): Promise<void>;
  /** Tells memory of a mark that is stored, and has it say where the user stands; `undefined` where it cannot. */
  raise(mark: Mark): Promise<Raised | undefined>;
  /** The log from `low` up to the bucket of `high`, in the order of seq, page by page. */
  passes(conversation: ConversationId, low: number, high: number): AsyncIterable<Pass[]>;
};

/** What lasts. The other half is what is remembered. */
export type StoredReceipts = Pick<Receipts, 'of' | 'store' | 'pass' | 'passes'>;

export type Mark = {
  conversation: ConversationId;
  user: UserId;
  device: DeviceId;
  kind: MarkKind;
  /** Everything up to it. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
};
export type MarkKind = 'delivered' | 'read';

/** `rose` is false where another mark had raised it as far before. */
type Raised = Watermarks & { rose: boolean };
export type Pass = Omit<Mark, 'conversation'>;

/** Whether this row of the log says that the device of a mark was as far. What was read has arrived. */
export const isPassedBy = ({ user, device, kind, seq }: Mark, row: Pass): boolean =>
  row.user === user && row.device === device && row.seq >= seq && (row.kind === kind || row.kind === 'read');

/** Where a mark leaves a user who stood at `before`. */
export const raisedBy = (before: Watermarks, { kind, seq }: Pick<Mark, 'kind' | 'seq'>): Watermarks => ({
  ...before,
  delivered: Math.max(before.delivered, seq),
  read: kind === 'read' ? Math.max(before.read, seq) : before.read,
});
