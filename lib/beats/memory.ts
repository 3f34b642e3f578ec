import type { UserId } from '../../schema/ids.ts';
import type { Clock } from '../clock.ts';
import { ttlMs } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { type Ask, type Beats, briskMs, heldMs } from './port.ts';
import { type Shards, shards } from './shards.ts';

type Looks = ReadonlyMap<UserId, number>;

type Parts = { keys: Keyspace; clock: Clock; over?: Shards; hold?: number };

export const memoryBeats = ({ keys, clock, over = shards, hold = heldMs }: Parts): Beats => {
  const looksIn = (key: string) => new Map(keys.get<Looks>(key) ?? []);
  const keep = (key: string, looks: Looks) => keys.set(key, looks, ttlMs.beats);

  const plan = (user: UserId, { inMs, brisk }: Ask) => {
    const shard = over.of(user);
    const looks = looksIn(shard.due);
    const at = Math.min(looks.get(user) ?? Number.POSITIVE_INFINITY, clock.now() + inMs);
    keep(shard.due, looks.set(user, at));
    if (brisk) keys.set(shard.brisk, true, briskMs);
  };

  return {
    ask: async (user, ask) => plan(user, ask),

    due: async (limit) => {
      const users = over.all.flatMap((shard) => {
        const [due, held] = [looksIn(shard.due), looksIn(shard.held)];
        const now = clock.now();
        const dueIn = (looks: Looks) => [...looks].filter(([, at]) => at <= now).map(([user]) => user);
        const taken = [...new Set([...dueIn(held), ...dueIn(due)])].slice(0, limit);
        for (const user of taken) {
          due.delete(user);
          held.set(user, now + hold);
        }
        keep(shard.due, due);
        keep(shard.held, held);
        return taken;
      });
      return { users, brisk: over.all.some(({ brisk }) => keys.get(brisk) !== undefined) };
    },

    all: async function* () {
      for (const key of over.all.flatMap(({ held, due }) => [held, due])) yield* looksIn(key).keys();
    },

    settle: async (user, next) => {
      const { held: key } = over.of(user);
      const held = looksIn(key);
      held.delete(user);
      keep(key, held);
      if (next) plan(user, next);
    },
  };
};
