import type { ConnectionId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Chance } from '../clock.ts';
import { userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import type { memoryEnded } from './ended-memory.ts';
import { type Connections, type Registration, refusedMs } from './port.ts';

export type Known = Registration & { since: number; last: number; every: number };
type All = Map<ConnectionId, Known>;

const revokedOf = (keys: Keyspace, user: UserId) =>
  keys.get<ReadonlySet<DeviceId>>(userKeys(user).revoked) ?? new Set<DeviceId>();

export const isRevoked = (keys: Keyspace, user: UserId, device: DeviceId): boolean =>
  revokedOf(keys, user).has(device);

/** The part of the port that ends connections, or lets them go on. */
export const memorySessions = (parts: {
  keys: Keyspace;
  chance: Chance;
  ended: ReturnType<typeof memoryEnded>;
  connectionsOf(user: UserId): All;
  keepConnections(user: UserId, all: All): void;
  leave(known: Known): Promise<void>;
}): Pick<Connections, 'refresh' | 'drop' | 'revoke' | 'of'> => {
  const { keys, chance, ended, connectionsOf, keepConnections, leave } = parts;

  const dropWhere = async (
    user: UserId,
    call: string,
    fits: (known: Known) => boolean,
  ): Promise<ConnectionId[]> => {
    const all = connectionsOf(user);
    const dropped = [...all.values()].filter(fits);
    for (const { connection } of dropped) all.delete(connection);
    keepConnections(user, all);
    const before = ended.by(user, call);
    const fresh = dropped.map(({ connection }) => connection);
    ended.note(user, fresh, call);
    for (const known of dropped) await leave(known);
    return [...before, ...fresh];
  };

  return {
    refresh: async ({ user, connection, device, expiresAt }) => {
      if (isRevoked(keys, user, device)) return { kind: 'revoked' };
      const all = connectionsOf(user);
      const known = all.get(connection);
      if (!known) return { kind: 'unknown' };
      const raised = { ...known, expiresAt: Math.max(known.expiresAt, expiresAt) };
      keepConnections(user, all.set(connection, raised));
      return { kind: 'refreshed', expiresAt: raised.expiresAt };
    },

    drop: async (user, { connection, device, before }) =>
      dropWhere(
        user,
        chance.id(),
        (known) =>
          (connection === undefined || connection === known.connection) &&
          (device === undefined || device === known.device) &&
          (before === undefined || known.since < before),
      ),

    revoke: async (user, device) => {
      keys.set(userKeys(user).revoked, new Set([...revokedOf(keys, user), device]), refusedMs);
      return dropWhere(user, device, (known) => known.device === device);
    },

    of: async (user) =>
      [...connectionsOf(user).values()].map(({ connection, device, since }) => ({
        connection,
        device,
        since,
      })),
  };
};
