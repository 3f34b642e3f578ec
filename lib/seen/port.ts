import type { UserId } from '../../schema/ids.ts';

/**
 * When users were last seen, for good. An adapter MUST show a decisive reader every write that was answered. Failures
 * are `unavailable` AppErrors, and the write may have been done: it may be done again.
 */
export type Seen = {
  keep(user: UserId, seen: number): Promise<void>;
  /** Of those who ever were. */
  of(users: UserId[]): Promise<Map<UserId, number>>;
};
