import { factorKey } from '../redis/keys.ts';
import type { Redis } from '../redis/script.ts';
import type { Settings } from './port.ts';

/** Another key keeps a test from what all others go by. */
export const redisSettings = (redis: Redis, key = factorKey): Settings => ({
  factor: async () => {
    const kept = await redis.get(key);
    return kept === undefined ? undefined : Number(kept);
  },
  setFactor: (factor, ttlMs) => redis.set(key, String(factor), ttlMs),
});
