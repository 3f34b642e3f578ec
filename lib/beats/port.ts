import type { UserId } from '../../schema/ids.ts';

/**
 * At which users the sweep must look, and when; never whether anything is the matter with them.
 *
 * It lies apart from what is known of the users, so the two are kept in step by order: a look is asked for after the
 * frame that needs it was noted, and a look that begins is held, not taken away, until it is settled. An adapter MUST
 * keep the earliest look that was asked for; MUST hand out a look again that was held for `heldMs` and not settled;
 * MUST NOT lose what was asked for while a look was held. It may forget everything: the next frames ask again. Every
 * failure is an `unavailable` AppError.
 */
export type Beats = {
  ask(user: UserId, ask: Ask): Promise<void>;
  /** Users that are due, at most `limit` of each shard, now held. */
  due(limit: number): Promise<{ users: UserId[]; brisk: boolean }>;
  /** Everybody there is a look for: whoever is connected. Each at least once who is there all the while, in no order. */
  all(): AsyncIterable<UserId>;
  /** The look is over; without `next` there is nothing more to look for. */
  settle(user: UserId, next?: Ask): Promise<void>;
};

export type Ask = {
  inMs: number;
  /** A heartbeat is so short that the sweep should not wait for its next minute. */
  brisk: boolean;
};

export const heldMs = 30_000;
/** The sweep stays awake this long after it last heard of a brisk heartbeat. */
export const briskMs = 90_000;
