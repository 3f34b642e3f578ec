import { pause } from './clock.ts';
import { backoff } from './connection/backoff.ts';
import type { ParleyError } from './error.ts';
import type { Clock } from './types/environment.ts';

/** What somebody waits for is not tried for ever. */
const mostAttempts = 6;

/** Tries again what may succeed later; where it carries a key, it is done once. Once closed, nothing may any more. */
export const persistence =
  (clock: Clock, random: () => number) =>
  async <Reply>(act: () => Promise<Reply>, most = mostAttempts): Promise<Reply> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const { retryable, retryAfterMs } = error as ParleyError;
        if (!retryable || attempt + 1 >= most) throw error;
        await pause(clock, backoff(attempt, random, retryAfterMs));
      }
    }
  };
export type Persist = ReturnType<typeof persistence>;
