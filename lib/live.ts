import { createCassandra } from './cassandra/client.ts';
import { config } from './config.ts';
import { redisConnections } from './connections/redis.ts';
import { redisConversations } from './conversations/redis.ts';
import { cassandraMembers } from './members/cassandra.ts';
import { cassandraMessages } from './messages/cassandra.ts';
import { chance, clock, once } from './platform.ts';
import { memoryRates } from './rates/memory.ts';
import { redisRates } from './rates/redis.ts';
import { createRedis } from './redis/client.ts';
import { createKeyspace } from './redis/keyspace.ts';
import { redisTickets } from './tickets/redis.ts';
import { cassandraUnannounced } from './unannounced/cassandra.ts';
import { cassandraUsers } from './users/cassandra.ts';

export { log } from './log.ts';
export { chance, clock, cursors, gateway, origins, policy, tokens } from './platform.ts';

/**
 * The real ports, each made at its first use and kept for the life of the container. Handlers pick what they need,
 * and a bundle holds only the drivers of what its handler picks.
 */
const redis = () =>
  once('redis', () =>
    createRedis({
      url: config().PARLEY_REDIS_URL,
      cluster: config().PARLEY_REDIS_CLUSTER,
      commandMs: config().PARLEY_REDIS_COMMAND_MS,
      clock,
    }),
  );

const cassandra = () =>
  once('cassandra', () => {
    const { PARLEY_CASSANDRA_USER: user, PARLEY_CASSANDRA_PASSWORD: password = '' } = config();
    const serverName = config().PARLEY_CASSANDRA_TLS_SERVER_NAME;
    return createCassandra({
      contactPoints: config().PARLEY_CASSANDRA_CONTACT_POINTS,
      port: config().PARLEY_CASSANDRA_PORT,
      dataCentre: config().PARLEY_CASSANDRA_DATA_CENTRE,
      keyspace: config().PARLEY_CASSANDRA_KEYSPACE,
      requestMs: config().PARLEY_CASSANDRA_REQUEST_MS,
      relaxed: config().PARLEY_OLDER_PAGES,
      clock,
      ...(user !== undefined && { credentials: { user, password } }),
      ...(serverName !== undefined && { tlsServerName: serverName }),
    });
  });

export const connections = () => once('connections', () => redisConnections({ redis: redis(), chance }));
export const conversations = () => once('conversations', () => redisConversations(redis()));
export const rates = () => once('rates', () => redisRates(redis()));
export const tickets = () => once('tickets', () => redisTickets(redis()));
export const members = () => once('members', () => cassandraMembers(cassandra()));
export const messages = () => once('messages', () => cassandraMessages(cassandra()));
export const users = () => once('users', () => cassandraUsers(cassandra()));
export const unannounced = () =>
  once('unannounced', () => cassandraUnannounced({ cassandra: cassandra(), clock }));
export const spareRates = () => once('spareRates', () => memoryRates({ keys: createKeyspace(clock), clock }));
