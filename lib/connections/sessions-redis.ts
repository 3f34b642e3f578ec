import type { ConnectionId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Chance } from '../clock.ts';
import { presencePrelude } from '../presence/scripts.ts';
import { userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import connectionsOfLua from './lua/connections-of.lua';
import dropLua from './lua/drop.lua';
import dropWhereLua from './lua/drop-where.lua';
import refreshLua from './lua/refresh.lua';
import revokeLua from './lua/revoke.lua';
import { type Connections, type Refreshed, refusedMs } from './port.ts';
import { endedPrelude } from './scripts.ts';

const dropPrelude = presencePrelude() + endedPrelude + dropWhereLua;
const scripts = {
  refresh: script('refresh', refreshLua),
  drop: script('drop', dropPrelude + dropLua),
  revoke: script('revoke', dropPrelude + revokeLua),
  of: script('connections-of', connectionsOfLua),
};

const readRefreshed = (reply: unknown): Refreshed =>
  reply === 'revoked' || reply === 'unknown'
    ? { kind: reply }
    : { kind: 'refreshed', expiresAt: Number(reply) };

/** The part of the port that ends connections, or lets them go on. */
export const redisSessions = (
  redis: Redis,
  chance: Chance,
  /** Asks the sweep to look at a user in so many milliseconds, '' for no need. Never fails. */
  plan: (user: UserId, inMs: unknown) => Promise<void>,
): Pick<Connections, 'refresh' | 'drop' | 'revoke' | 'of'> => {
  const dropped = async (user: UserId, running: Promise<unknown>) => {
    const [inMs, ...connections] = (await running) as [unknown, ...ConnectionId[]];
    await plan(user, inMs);
    return connections;
  };
  return {
    refresh: async ({ user, connection, device, expiresAt }) => {
      const { connections, revoked } = userKeys(user);
      return readRefreshed(
        await redis.run(scripts.refresh, [connections, revoked], [connection, device, expiresAt]),
      );
    },

    drop: (user, { connection = '', device = '', before = '' }) => {
      const { connections, presence, ended } = userKeys(user);
      const args = [connection, device, before, chance.id()];
      return dropped(user, redis.run(scripts.drop, [connections, presence, ended], args));
    },

    revoke: (user, device) => {
      const { connections, revoked, presence, ended } = userKeys(user);
      const keys = [connections, revoked, presence, ended];
      return dropped(user, redis.run(scripts.revoke, keys, [device, refusedMs]));
    },

    of: async (user) => {
      const flat = (await redis.run(scripts.of, [userKeys(user).connections], [])) as string[];
      return Array.from({ length: flat.length / 3 }, (_, i) => ({
        connection: flat[3 * i] as ConnectionId,
        since: Number(flat[3 * i + 1]),
        device: flat[3 * i + 2] as DeviceId,
      }));
    },
  };
};
