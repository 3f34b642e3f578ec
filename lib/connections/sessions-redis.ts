import type { ConnectionId, DeviceId, UserId } from '../../schema/ids.ts';
import { presenceScript } from '../presence/scripts.ts';
import { connectionKey, userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import connectionsOfLua from './lua/connections-of.lua';
import dropLua from './lua/drop.lua';
import refreshLua from './lua/refresh.lua';
import revokeLua from './lua/revoke.lua';
import { type Connections, type Refreshed, revokedMs } from './port.ts';

const scripts = {
  refresh: script('refresh', refreshLua),
  drop: presenceScript('drop', dropLua),
  revoke: presenceScript('revoke', revokeLua),
  of: script('connections-of', connectionsOfLua),
};

/** The ways back of connections that are gone already: what stays ends by itself. */
export const forgetOwners = async (redis: Redis, connections: ConnectionId[]): Promise<void> => {
  await Promise.allSettled(connections.map((connection) => redis.delete(connectionKey(connection))));
};

const readRefreshed = (reply: unknown): Refreshed =>
  reply === 'revoked' || reply === 'unknown'
    ? { kind: reply }
    : { kind: 'refreshed', expiresAt: Number(reply) };

/** The part of the port that ends connections, or lets them go on. */
export const redisSessions = (
  redis: Redis,
  /** Asks the sweep to look at a user in so many milliseconds, '' for no need. */
  plan: (user: UserId, inMs: unknown) => Promise<void>,
): Pick<Connections, 'refresh' | 'drop' | 'revoke' | 'of'> => {
  const dropped = async (user: UserId, running: Promise<unknown>) => {
    const [inMs, ...connections] = (await running) as [unknown, ...ConnectionId[]];
    // They are gone: whatever else fails, they must be closed. The sweep comes by anyway.
    await Promise.allSettled([forgetOwners(redis, connections), plan(user, inMs)]);
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
      const { connections, presence } = userKeys(user);
      return dropped(user, redis.run(scripts.drop, [connections, presence], [connection, device, before]));
    },

    revoke: (user, device) => {
      const { connections, revoked, presence } = userKeys(user);
      return dropped(user, redis.run(scripts.revoke, [connections, revoked, presence], [device, revokedMs]));
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
