import { createCassandra } from '../lib/cassandra/client.ts';
import { redisConnections } from '../lib/connections/redis.ts';
import { redisConversations } from '../lib/conversations/redis.ts';
import { log } from '../lib/log.ts';
import { cassandraMembers } from '../lib/members/cassandra.ts';
import { cassandraMessages } from '../lib/messages/cassandra.ts';
import { chance, clock } from '../lib/platform.ts';
import { redisPresences } from '../lib/presence/redis.ts';
import { createRedis } from '../lib/redis/client.ts';
import { cassandraUnannounced } from '../lib/unannounced/cassandra.ts';
import { dataCentre, keyspace } from './stores.ts';

/** Real ports over the stores of a part, with the time limits that the product sets. */
const commandMs = 500;
/** Longer than the product's, for a bench waits for every answer. */
const requestMs = 10_000;

export const redisAt = (url: string) => createRedis({ url, cluster: false, commandMs, clock });

export const cassandraAt = (port: number) =>
  createCassandra({
    contactPoints: ['127.0.0.1'],
    port,
    dataCentre,
    keyspace,
    requestMs,
    relaxed: 'decisive',
    clock,
  });

type Clients = {
  redis: Omit<ReturnType<typeof redisAt>, 'close'>;
  cassandra: Omit<ReturnType<typeof cassandraAt>, 'close'>;
};

export const appOver = ({ redis, cassandra }: Clients) => ({
  clock,
  chance,
  log,
  connections: redisConnections({ redis, chance }),
  conversations: redisConversations(redis),
  members: cassandraMembers(cassandra),
  messages: cassandraMessages(cassandra),
  presence: redisPresences({ redis, chance }),
  unannounced: cassandraUnannounced({ cassandra, clock }),
});
