import { closed, ParleyError, unreachable } from '../error.ts';
import type { GetToken, TokenReason } from '../types/connection.ts';
import type { Clock } from '../types/environment.ts';

/** A token that ends sooner is not begun with. */
const marginMs = 10_000;

/** When a JWT ends, in milliseconds since 1970; `undefined` where it cannot be told. */
export const expiryOf = (token: string): number | undefined => {
  try {
    const { exp } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
    return exp > 0 ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
};

/** The token in use: asked for one at a time, and only when there is none that is any good. */
export const tokens = (getToken: GetToken, clock: Clock) => {
  const ended = new AbortController();
  let current: string | undefined;
  let refused: string | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (reason: TokenReason): Promise<string> => {
    let token: string;
    try {
      token = await getToken({ reason, signal: ended.signal });
    } catch (cause) {
      throw cause instanceof ParleyError ? cause : unreachable('getToken failed', cause);
    }
    if (token === refused) throw new ParleyError('token-expired', 'getToken gave what was refused');
    current = token;
    return token;
  };
  const renew = (reason: TokenReason): Promise<string> => {
    asking ??= ask(reason).finally(() => {
      asking = undefined;
    });
    return asking;
  };

  return {
    get: async (): Promise<string> => {
      if (ended.signal.aborted) throw closed();
      // What is good is used, however long the next one takes.
      if (current === undefined) return renew(refused === undefined ? 'first' : 'refused');
      const endsIn = (expiryOf(current) ?? Number.POSITIVE_INFINITY) - clock.now();
      return endsIn > marginMs ? current : renew('expiring');
    },
    renew,
    /** The server does not take it: the next one must be another. */
    refuse: (token: string) => {
      refused = token;
      if (current === token) current = undefined;
    },
    end: () => ended.abort(),
  };
};
export type Tokens = ReturnType<typeof tokens>;
