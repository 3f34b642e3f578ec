import { limits } from '../schema/limits.ts';
import { redisBeats } from './beats/redis.ts';
import { createCassandra } from './cassandra/client.ts';
import { measuredCassandra } from './cassandra/measured.ts';
import { config } from './config.ts';
import { redisConnections } from './connections/redis.ts';
import { redisConversations } from './conversations/redis.ts';
import { deliverQueued } from './deliver.ts';
import { log } from './log.ts';
import { cassandraMembers } from './members/cassandra.ts';
import { cassandraMessages } from './messages/cassandra.ts';
import { accessBy, chance, clock, credentials, gateway, once, policyOver, secret } from './platform.ts';
import { redisPresences } from './presence/redis.ts';
import { memoryQueue } from './queue/memory.ts';
import { sqsQueue } from './queue/sqs.ts';
import { memoryRates } from './rates/memory.ts';
import { redisRates } from './rates/redis.ts';
import { cassandraReceipts } from './receipts/cassandra.ts';
import { redisReceipts } from './receipts/redis.ts';
import { createRedis } from './redis/client.ts';
import { createKeyspace } from './redis/keyspace.ts';
import { measuredRedis } from './redis/measured.ts';
import { cassandraSeen } from './seen/cassandra.ts';
import { redisSettings } from './settings/redis.ts';
import { redisTickets } from './tickets/redis.ts';
import { cassandraUnannounced } from './unannounced/cassandra.ts';
import { cassandraUsers } from './users/cassandra.ts';

export { log } from './log.ts';
export { chance, clock, cursors, gateway, origins, tokens } from './platform.ts';

const redisPassword = () => {
  const { PARLEY_REDIS_SECRET: id } = config();
  return id === undefined ? {} : { password: secret(id).read };
};

/**
 * The real ports, each made at its first use and kept for the life of the container. Handlers pick what they need,
 * and a bundle holds only the drivers of what its handler picks.
 */
const redis = () =>
  once('redis', () =>
    measuredRedis(
      createRedis({
        url: config().PARLEY_REDIS_URL,
        ...redisPassword(),
        cluster: config().PARLEY_REDIS_CLUSTER,
        commandMs: config().PARLEY_REDIS_COMMAND_MS,
        clock,
      }),
    ),
  );

const cassandra = () =>
  once('cassandra', () =>
    measuredCassandra(
      createCassandra({
        ...accessBy(config()),
        requestMs: config().PARLEY_CASSANDRA_REQUEST_MS,
        relaxed: config().PARLEY_OLDER_PAGES,
        clock,
      }),
    ),
  );

const frameWindow = () => ({ ...limits.frames, count: config().PARLEY_FRAMES_PER_SECOND });

export const connections = () =>
  once('connections', () => redisConnections({ redis: redis(), chance, frames: frameWindow() }));
export const beats = () => once('beats', () => redisBeats({ redis: redis() }));
export const presence = () => once('presence', () => redisPresences({ redis: redis(), chance }));
export const conversations = () => once('conversations', () => redisConversations(redis()));
export const queue = () =>
  once('queue', () => {
    const { PARLEY_QUEUE_URL: url, AWS_REGION: region } = config();
    if (url !== undefined) return sqsQueue({ url, region, credentials: credentials() });
    return memoryQueue((publication) =>
      deliverQueued({ clock, connections: connections(), gateway: gateway(), log }, publication),
    );
  });
export const rates = () => once('rates', () => redisRates(redis()));
export const settings = () => once('settings', () => redisSettings(redis()));
export const policy = () => once('policy', () => policyOver(settings()));
export const tickets = () => once('tickets', () => redisTickets(redis()));
export const members = () => once('members', () => cassandraMembers(cassandra()));
export const messages = () => once('messages', () => cassandraMessages(cassandra()));
export const receipts = () =>
  once('receipts', () => redisReceipts({ redis: redis(), stored: cassandraReceipts(cassandra()), chance }));
export const users = () => once('users', () => cassandraUsers(cassandra()));
export const seen = () => once('seen', () => cassandraSeen(cassandra()));
export const unannounced = () =>
  once('unannounced', () => cassandraUnannounced({ cassandra: cassandra(), clock }));
export const spareRates = () => once('spareRates', () => memoryRates({ keys: createKeyspace(clock), clock }));
