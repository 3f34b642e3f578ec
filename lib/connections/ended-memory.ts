import type { ConnectionId, UserId } from '../../schema/ids.ts';
import type { Clock } from '../clock.ts';
import { userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { refusedMs } from './port.ts';

type Ended = ReadonlyMap<ConnectionId, { at: number; by: string }>;

/** Connections that have ended, and by which call: none of them is registered again. */
export const memoryEnded = ({ keys, clock }: { keys: Keyspace; clock: Clock }) => {
  const of = (user: UserId) =>
    new Map(
      [...(keys.get<Ended>(userKeys(user).ended) ?? [])].filter(([, { at }]) => clock.now() - at < refusedMs),
    );
  return {
    has: (user: UserId, connection: ConnectionId) => of(user).has(connection),
    by: (user: UserId, call: string) =>
      [...of(user)].filter(([, { by }]) => by === call).map(([connection]) => connection),
    note: (user: UserId, connections: ConnectionId[], by: string) => {
      if (connections.length === 0) return;
      const at = clock.now();
      const added = connections.map((connection) => [connection, { at, by }] as const);
      keys.set(userKeys(user).ended, new Map([...of(user), ...added]), refusedMs);
    },
  };
};
