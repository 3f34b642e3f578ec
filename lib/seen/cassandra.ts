import type { UserId } from '../../schema/ids.ts';
import type { Cassandra } from '../cassandra/client.ts';
import type { Seen } from './port.ts';

const statements = {
  keep: 'INSERT INTO presence_by_user (user_id, last_seen) VALUES (?, ?)',
  of: 'SELECT last_seen FROM presence_by_user WHERE user_id = ?',
};

export const cassandraSeen = (cassandra: Cassandra): Seen => {
  const lastSeen = async (user: UserId): Promise<[UserId, number][]> => {
    const [row] = await cassandra.read(statements.of, [user]);
    return row ? [[user, row.last_seen.getTime()]] : [];
  };
  return {
    keep: (user, seen) => cassandra.write(statements.keep, [user, new Date(seen)]),
    of: async (users) => new Map((await Promise.all(users.map(lastSeen))).flat()),
  };
};
