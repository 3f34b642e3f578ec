import type { UserId } from '../../schema/ids.ts';
import type { Tables } from '../cassandra/tables.ts';
import type { Seen } from './port.ts';

export const memorySeen = (tables: Tables): Seen => {
  const kept = tables.table<number>('presence');
  return {
    keep: async (user, seen) => void kept.set(user, seen),
    of: async (users) =>
      new Map(
        users.flatMap((user): [UserId, number][] => {
          const seen = kept.get(user);
          return seen === undefined ? [] : [[user, seen]];
        }),
      ),
  };
};
