import type { Clock } from '../clock.ts';

/**
 * What the memory adapters of the hot ports live in: one map with times to live, as Redis is one keyspace. A test
 * wipes it, or rolls it back to a copy, and so does to all of them what a failover does.
 */
export type Keyspace = {
  get<T>(key: string): T | undefined;
  set(key: string, value: unknown, ttlMs: number): void;
  delete(...keys: string[]): void;
  wipe(): void;
  copy(): ReadonlyMap<string, Kept>;
  restore(copy: ReadonlyMap<string, Kept>): void;
};

type Kept = { value: unknown; until: number };

export const createKeyspace = (clock: Clock, kept = new Map<string, Kept>()): Keyspace => ({
  get: <T>(key: string) => {
    const found = kept.get(key);
    if (!found) return undefined;
    if (found.until > clock.now()) return found.value as T;
    kept.delete(key);
    return undefined;
  },
  set: (key, value, ttlMs) => {
    kept.set(key, { value, until: clock.now() + ttlMs });
  },
  delete: (...keys) => {
    for (const key of keys) kept.delete(key);
  },
  wipe: () => kept.clear(),
  copy: () => structuredClone(kept),
  restore: (copy) => {
    kept.clear();
    for (const [key, value] of structuredClone(copy)) kept.set(key, value);
  },
});
