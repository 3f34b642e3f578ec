import type { ErrorCode } from './wire.gen.ts';

/**
 * What goes wrong on this side of the wire.
 * `unreachable`: no answer came. `cancelled`: taken back by `cancel()` or a signal. `closed`: ended, by `close()` or by an
 * operator.
 * `outbox-full`: too much is unsent already. `storage-failed`: the storage refused, or did not answer within 5 seconds:
 * what is unsent is sent all the same, but may not outlive a reload.
 */
export type ClientErrorCode = 'unreachable' | 'cancelled' | 'closed' | 'outbox-full' | 'storage-failed';

/** What a `ParleyError` carries beside its code and message. */
export interface ParleyErrorDetails {
  /** Whether the same call may succeed later. */
  retryable?: boolean | undefined;
  /** Not before this many milliseconds. */
  retryAfterMs?: number | undefined;
  /** JSON Pointer to the field that is wrong. */
  pointer?: string | undefined;
  /** What caused it, where something else did. */
  cause?: unknown;
}

/** The one class of errors. Decide by `code`; `message` is for people. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  /** A code of the protocol, or of this side. */
  declare readonly code: ErrorCode | ClientErrorCode;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  /** Not before this many milliseconds. */
  declare readonly retryAfterMs: number | undefined;
  /** JSON Pointer to the field that is wrong. */
  declare readonly pointer: string | undefined;

  constructor(
    code: ErrorCode | ClientErrorCode,
    message: string,
    { cause, retryable = false, retryAfterMs, pointer }: ParleyErrorDetails = {},
  ) {
    super(message, { cause });
    Object.assign(this, { code, retryable, retryAfterMs, pointer });
  }
}

/** It was ended on this side. */
export const closed = (): ParleyError => new ParleyError('closed', 'it was closed');

/** No answer came: it may be tried again. */
export const unreachable = (message: string, cause?: unknown): ParleyError =>
  new ParleyError('unreachable', message, { retryable: true, cause });
