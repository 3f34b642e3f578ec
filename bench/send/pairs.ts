import { create, directId } from '../../lib/entries/create.ts';
import type { UserId } from '../../schema/ids.ts';
import { appOver, cassandraAt, redisAt } from '../app.ts';

/** Founds direct conversations, so that a send that is measured is never the first. */
export const openPair = async ({ redisUrl, cassandraPort }: { redisUrl: string; cassandraPort: number }) => {
  const [redis, cassandra] = [redisAt(redisUrl), cassandraAt(cassandraPort)];
  const app = appOver({ redis, cassandra });
  return {
    between: (one: UserId, other: UserId) =>
      create(app, { id: directId(one, other), kind: 'direct', creator: one, members: [one, other] }),
    /** What the authorizer hands to `$connect`. */
    epochOf: app.connections.epoch,
    close: () => Promise.all([redis.close(), cassandra.close()]),
  };
};
