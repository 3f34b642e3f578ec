import type { ErrorCode, ErrorFrame, Problem } from '../../wire.gen.ts';

/** The status of each code, and whether the same may succeed later. */
export const errors: Record<ErrorCode, { status: number; retryable: boolean }> = {
  'bad-frame': { status: 400, retryable: false },
  'unknown-action': { status: 400, retryable: false },
  'bad-request': { status: 400, retryable: false },
  'too-large': { status: 413, retryable: false },
  unauthorized: { status: 401, retryable: false },
  'token-expired': { status: 401, retryable: false },
  revoked: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  'not-found': { status: 404, retryable: false },
  'message-deleted': { status: 409, retryable: false },
  conflict: { status: 409, retryable: false },
  blocked: { status: 403, retryable: false },
  'name-taken': { status: 409, retryable: false },
  'retry-too-old': { status: 409, retryable: false },
  'unknown-connection': { status: 409, retryable: true },
  'rate-limited': { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  unavailable: { status: 503, retryable: true },
};

type Detail = { pointer?: string; retryAfterMs?: number };

/** Why the server does not do what it is asked. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly detail: Detail;

  constructor(code: ErrorCode, reason: string, detail: Detail = {}) {
    super(`unable to act; ${reason}`);
    this.code = code;
    this.detail = detail;
  }
}

export const errorFrame = ({ code, message, detail }: Refusal, id: string | undefined): ErrorFrame => ({
  type: 'error',
  ...(id !== undefined && { id }),
  code,
  message,
  retryable: errors[code].retryable,
  ...detail,
});

/** RFC 9457. */
export const problem = ({ code, message, detail }: Refusal): Problem => ({
  type: `urn:parley:error:${code}`,
  title: code,
  status: errors[code].status,
  detail: message,
  code,
  retryable: errors[code].retryable,
  ...detail,
});

export const noConversation = () => new Refusal('not-found', 'no such conversation');
export const blocked = (pointer?: string) =>
  new Refusal('blocked', 'one of the two has blocked the other', pointer === undefined ? {} : { pointer });
