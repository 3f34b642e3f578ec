import type { Clock } from '../clock.ts';
import { rateKey } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import type { Rates, Wait, Window } from './port.ts';

/** Times of the accepted takes within the window, newest first. */
export const takeIn = (keys: Keyspace, key: string, { count, windowMs }: Window, now: number): Wait => {
  const times = (keys.get<number[]>(key) ?? []).filter((time) => time > now - windowMs);
  const oldest = times[count - 1];
  if (oldest !== undefined) return Math.max(1, Math.ceil(oldest + windowMs - now));
  keys.set(key, [now, ...times], windowMs);
  return undefined;
};

export const memoryRates = ({ keys, clock }: { keys: Keyspace; clock: Clock }): Rates => ({
  take: async (subject, rateClass, window) => takeIn(keys, rateKey(subject, rateClass), window, clock.now()),
});
