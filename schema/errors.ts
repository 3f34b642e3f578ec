import * as z from 'zod/mini';
import { limits } from './limits.ts';

/**
 * The only table of errors: code, HTTP status, whether the same request, with the same key, may succeed later, and
 * one sentence. `retryable` is a promise to clients. docs/PROTOCOL.md is checked against it.
 */
export const errors = {
  'bad-frame': { status: 400, retryable: false, title: 'The frame is not a JSON object in a text frame.' },
  'unknown-action': { status: 400, retryable: false, title: 'No such action; `help` lists them.' },
  'bad-request': {
    status: 400,
    retryable: false,
    title: 'A field is missing, unknown or malformed; `pointer` names it.',
  },
  'too-large': { status: 413, retryable: false, title: 'The frame or a field is over its limit.' },
  unauthorized: {
    status: 401,
    retryable: false,
    title: 'The token, ticket or password is missing, malformed or wrong.',
  },
  'token-expired': { status: 401, retryable: false, title: 'The token has expired; get another.' },
  revoked: { status: 401, retryable: false, title: 'The device was revoked; sign in again.' },
  forbidden: { status: 403, retryable: false, title: 'This origin, role or token may not do that.' },
  'not-found': { status: 404, retryable: false, title: 'It does not exist, or it is not yours.' },
  'message-deleted': { status: 409, retryable: false, title: 'The message was deleted.' },
  conflict: {
    status: 409,
    retryable: false,
    title: 'It is so already, or stands otherwise by now; read it again.',
  },
  blocked: { status: 403, retryable: false, title: 'One of the two has blocked the other.' },
  'name-taken': { status: 409, retryable: false, title: 'Somebody has that name.' },
  'retry-too-old': {
    status: 409,
    retryable: false,
    title: `More than ${limits.retryEntries} entries lie above \`after\`, too many to look for an earlier attempt.`,
  },
  'unknown-connection': {
    status: 409,
    retryable: true,
    title:
      'The connection is not registered; a `sync`, a send, a `refreshToken` or a reconnect registers it.',
  },
  'rate-limited': {
    status: 429,
    retryable: true,
    title: 'Too many in the window; `retryAfterMs` says when.',
  },
  internal: { status: 500, retryable: true, title: 'A fault of ours; quote `id` or the request id.' },
  unavailable: {
    status: 503,
    retryable: true,
    title: 'A store did not answer in time. Whether it was done is open: the same key finds out.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof errors;

export const ErrorCode = z
  .enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]])
  .check(z.meta({ id: 'ErrorCode', examples: ['rate-limited'] }));
