import { type ErrorCode, errors } from '../schema/errors.ts';
import type { Problem } from '../schema/http/conversations.ts';
import type { ErrorFrame } from '../schema/pushes.ts';

type Detail = { cause?: unknown; pointer?: string; retryAfterMs?: number };

/**
 * The one error of the server. `message` reads "unable to <act>; <reason>": it goes to clients, so it holds no text
 * of messages, no driver's words and no id of another user.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { cause, pointer, retryAfterMs }: Detail = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.pointer = pointer;
    this.retryAfterMs = retryAfterMs;
  }
}

export const isUnavailable = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'unavailable';

/** Whether it was done; any other failure than a store that is away goes on. */
export const tried = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return true;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return false;
  }
};

/** Unknown exceptions become `internal`: what they say stays on the server. */
export const asAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('internal', 'unable to answer; a fault of ours', { cause: error });

const said = (error: AppError) => ({
  retryable: errors[error.code].retryable,
  ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  ...(error.pointer !== undefined && { pointer: error.pointer }),
});

export const errorFrame = (error: AppError, id: string | undefined): ErrorFrame => ({
  type: 'error',
  ...(id !== undefined && { id }),
  code: error.code,
  message: error.message,
  ...said(error),
});

/** RFC 9457. */
export const problem = (error: AppError): Problem => ({
  type: `urn:parley:error:${error.code}`,
  title: errors[error.code].title,
  status: errors[error.code].status,
  detail: error.message,
  code: error.code,
  ...said(error),
});

/** Names of an error and its causes, for log lines: class names and codes, never their words. */
export const nameChain = (error: unknown): string[] => {
  const names: string[] = [];
  for (let at: unknown = error; at instanceof Error && names.length < 5; at = at.cause) {
    const code =
      'code' in at && (typeof at.code === 'string' || typeof at.code === 'number') ? `:${at.code}` : '';
    names.push(`${at.name}${code}`);
  }
  return names;
};
