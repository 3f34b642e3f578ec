import { systemClock } from './clock.ts';
import type { Tokens } from './connection/token.ts';
import { ParleyError, unreachable } from './error.ts';
import type { Clock } from './types/environment.ts';
import type { Problem } from './wire.gen.ts';

/** Any request of `/v1`. Rejects with a `ParleyError`. */
export type Request = <Reply>(
  method: string,
  path: string,
  body?: object,
  options?: { signal?: AbortSignal | undefined },
) => Promise<Reply>;

/** API Gateway's own refusals have no code. */
const codeOf = (status: number) =>
  ({ 401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 413: 'too-large', 429: 'rate-limited' })[
    status as 401
  ] ?? (status < 500 ? 'bad-request' : 'unavailable');

const refusalOf = async (response: Response): Promise<ParleyError> => {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const code = (problem.code ?? codeOf(response.status)) as Problem['code'];
  const retryable = problem.retryable ?? (response.status === 429 || response.status >= 500);
  return new ParleyError(code, problem.detail ?? `status ${response.status}`, {
    ...problem,
    retryable,
  });
};

/** An answer that takes longer will not come. */
const longestMs = 30_000;

/** One exchange with the server. */
export const exchange = async <Reply>(
  fetcher: typeof fetch,
  url: string,
  method: string,
  { token, body, signal }: { token?: string; body?: object | undefined; signal?: AbortSignal | undefined },
  clock: Clock = systemClock,
): Promise<Reply> => {
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(), longestMs);
  try {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const response = await fetcher(url, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    });
    if (!response.ok) throw await refusalOf(response);
    return (await response.json()) as Reply;
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause;
    if (signal?.aborted) throw new ParleyError('cancelled', 'it was taken back', { cause });
    throw unreachable('unable to reach the server', cause);
  } finally {
    clock.clearTimeout(timer);
  }
};

/** With a good token; one that has ended meanwhile is replaced once. */
export const requests =
  (base: string, fetcher: typeof fetch, tokens: Tokens, clock: Clock): Request =>
  async (method, path, body, { signal } = {}) => {
    const token = await tokens.get();
    try {
      return await exchange(fetcher, base + path, method, { token, body, signal }, clock);
    } catch (error) {
      if ((error as ParleyError).code !== 'token-expired') throw error;
      tokens.refuse(token);
      return exchange(fetcher, base + path, method, { token: await tokens.get(), body, signal }, clock);
    }
  };
