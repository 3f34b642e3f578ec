import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

type Window = { readonly count: number; readonly windowMs: number };

/** An exact sliding window; what is refused does not count. */
export const take = ({ rates, clock }: World, name: string, { count, windowMs }: Window): void => {
  const now = clock.now();
  const times = (rates.get(name) ?? []).filter((time) => time > now - windowMs);
  const oldest = times[count - 1];
  if (oldest !== undefined) {
    const retryAfterMs = Math.max(1, Math.ceil(oldest + windowMs - now));
    throw new Refusal('rate-limited', 'too many in the window', { retryAfterMs });
  }
  rates.set(name, [now, ...times]);
};

/** Typing is counted by itself, as often as sends may be. */
export const takeSend = (world: World, user: string, what: 'send' | 'typing' = 'send'): void =>
  take(world, `${what} ${user}`, { count: world.sendsPerSecond, windowMs: 1_000 });
