import type { ParleyError } from '../error.ts';

/**
 * `idle`: not begun. `connecting`: for the first time. `connected`. `reconnecting`: the line is away, and comes back by
 * itself. `closed`: by `close()`. `failed`: for good, `reason` says why; `connect()` begins anew.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'closed' | 'failed';

/** A step of the connection, and how it is now. */
export interface ConnectionChange {
  current: ConnectionState;
  previous: ConnectionState;
  /** Why, unless all is well. */
  reason: ParleyError | undefined;
  /** Milliseconds until the next attempt, counted from this event; 0 while one is under way. */
  retryInMs: number | undefined;
}

/** Why a token is asked for: the first one, one in place of what ends soon, or one in place of what was refused. */
export type TokenReason = 'first' | 'expiring' | 'refused';

/**
 * Gives a token of the built-in issuer or of any configured one. Asked one at a time, and only when one is needed.
 * Throw a `ParleyError` that is not retryable (say, `unauthorized`) to end connecting; anything else is tried again.
 */
export type GetToken = (asked: { reason: TokenReason; signal: AbortSignal }) => Promise<string> | string;
