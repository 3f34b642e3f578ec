import { factorKey } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import type { Settings } from './port.ts';

export const memorySettings = ({ keys }: { keys: Keyspace }): Settings => ({
  factor: async () => keys.get<number>(factorKey),
  setFactor: async (factor, ttlMs) => keys.set(factorKey, factor, ttlMs),
});
