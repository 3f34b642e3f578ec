import type { UserId } from '../../schema/ids.ts';
import { isUnavailable } from '../errors.ts';
import { isBrisk } from '../presence/rules.ts';
import { ttlMs, userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import askLua from './lua/ask.lua';
import dueLua from './lua/due.lua';
import planLua from './lua/plan.lua';
import scanLua from './lua/scan.lua';
import settleLua from './lua/settle.lua';
import { type Beats, briskMs, heldMs } from './port.ts';
import { type Shards, shards } from './shards.ts';

const scripts = {
  ask: script('ask-look', askLua),
  due: script('due-looks', dueLua),
  scan: script('scan-looks', scanLua),
  settle: script('settle-look', settleLua),
  plan: script('plan-look', planLua),
};

/** Users of one trip, about. */
const scanned = 500;

type Parts = { redis: Redis; over?: Shards /** How long a look may take. */; hold?: number };

export const redisBeats = ({ redis, over = shards, hold = heldMs }: Parts): Beats => ({
  ask: async (user, { inMs, brisk }) => {
    const { due, brisk: awake } = over.of(user);
    await redis.run(scripts.ask, [due, awake], [user, inMs, brisk ? '1' : '0', ttlMs.beats, briskMs]);
  },

  due: async (limit) => {
    const found = await Promise.all(
      over.all.map(async ({ due, held, brisk }) => {
        const reply = await redis.run(scripts.due, [due, held, brisk], [limit, hold, ttlMs.beats]);
        const [awake, ...users] = reply as [number, ...UserId[]];
        return { awake: awake === 1, users };
      }),
    );
    return { users: found.flatMap(({ users }) => users), brisk: found.some(({ awake }) => awake) };
  },

  all: async function* () {
    // Held ones before and after: the sweep moves them to and fro meanwhile.
    for (const key of over.all.flatMap(({ held, due }) => [held, due, held])) {
      let cursor = '0';
      do {
        const reply = await redis.run(scripts.scan, [key], [cursor, scanned]);
        const [next = '0', ...users] = reply as [string, ...UserId[]];
        yield* users;
        cursor = next;
      } while (cursor !== '0');
    }
  },

  settle: async (user, next) => {
    const { due, held, brisk } = over.of(user);
    const args = [user, next?.inMs ?? '', next?.brisk ? '1' : '0', ttlMs.beats, briskMs];
    await redis.run(scripts.settle, [due, held, brisk], args);
  },
});

/** What a script says of the look it needs: in how many milliseconds, '' where an earlier one is planned. */
type Needed = { inMs: unknown; every: unknown };

/**
 * Asks for a look, and notes beside the user that it was. Both at once: should only the note be written, a frame asks
 * again once the look is overdue. Never fails, for the frame that needs it must not.
 */
export const planLook = async (redis: Redis, user: UserId, { inMs, every }: Needed): Promise<void> => {
  if (inMs === '') return;
  const ms = Number(inMs);
  try {
    await Promise.all([
      redisBeats({ redis }).ask(user, { inMs: ms, brisk: isBrisk(Number(every)) }),
      redis.run(scripts.plan, [userKeys(user).presence], [ms, ttlMs.presence]),
    ]);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
};
