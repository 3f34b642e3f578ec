import { timer } from '../clock.ts';
import type { ParleyError } from '../error.ts';
import type { TokenReason } from '../types/connection.ts';
import type { Clock } from '../types/environment.ts';
import { backoff } from './backoff.ts';
import type { Link } from './link.ts';
import { expiryOf, type Tokens } from './token.ts';

/** A token is renewed this long before its end, or when a fifth of its life is left. */
const marginMs = 60_000;
const longestTimerMs = 86_400_000;
/** Between renewals: a wrong clock does not make them endless, and a refusal of what was sent before one may come late. */
const leastMs = 10_000;

type Uses = {
  clock: Clock;
  random: () => number;
  tokens: Tokens;
  link(): Link | undefined;
  /** Another connection in place of this one: it goes on with a token of another device. */
  replace(): void;
  renewed(): void;
  fail(reason: ParleyError): void;
};

/** Lets a connection go on with newer tokens, each before the last one ends. */
export const renewal = ({ clock, random, tokens, link, replace, renewed, fail }: Uses) => {
  const next = timer(clock);
  /** What the server was shown last. */
  let shown = '';
  /** When it was last begun. */
  let renewedAt = 0;

  const arm = (endsAt: number | undefined) => {
    if (endsAt === undefined) return;
    const left = endsAt - clock.now();
    const inMs = Math.max(leastMs, left - Math.min(marginMs, left / 5));
    next.start(() => void (inMs > longestTimerMs ? arm(endsAt) : renew()), Math.min(inMs, longestTimerMs));
  };
  const renew = async (reason: TokenReason = 'expiring') => {
    const here = link();
    if (!here) return;
    renewedAt = clock.now();
    try {
      const token = await tokens.renew(reason);
      // The same again: there is none that is newer, so this one is used to its end.
      if (here !== link() || token === shown) return;
      const { expiresAt } = await here.ask('refreshToken', { token });
      shown = token;
      renewed();
      arm(expiresAt ?? expiryOf(token));
    } catch (error) {
      if (here !== link()) return;
      if ((error as ParleyError).code === 'forbidden') replace();
      else if (!(error as ParleyError).retryable) fail(error as ParleyError);
      else next.start(() => void renew(reason), backoff(3, random));
    }
  };

  return {
    start: (token: string) => {
      shown = token;
      arm(expiryOf(token));
    },
    /** It has ended, or so the server says. */
    expired: () => {
      if (clock.now() - renewedAt < leastMs) return;
      tokens.refuse(shown);
      void renew('refused');
    },
    stop: next.stop,
  };
};
