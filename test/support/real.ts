import { join } from 'node:path';
import { type Cassandra, createCassandra } from '../../lib/cassandra/client.ts';
import { createRedis } from '../../lib/redis/client.ts';
import { type RedisServer, startRedis } from '../../scripts/parts/redis.ts';
import { realClock } from './clock.ts';

/** Clients of the stores that the run has started, and stores beside them. */
const environment = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this test runs in the project "stores"`);
  return value;
};

export const realRedis = (url = environment('PARLEY_REDIS_URL')) =>
  createRedis({ url, cluster: false, commandMs: 5_000, clock: realClock });

export const realCluster = () =>
  createRedis({ url: environment('TEST_CLUSTER_URL'), cluster: true, commandMs: 5_000, clock: realClock });

export const realCassandra = (
  port = Number(environment('PARLEY_CASSANDRA_PORT')),
  requestMs = 10_000,
  more: { pageRows?: number } = {},
) =>
  createCassandra({
    ...more,
    contactPoints: ['127.0.0.1'],
    port,
    dataCentre: 'datacenter1',
    keyspace: 'parley',
    requestMs,
    relaxed: 'relaxed',
    clock: realClock,
  });

/** A Redis of a suite's own, which it may stop, empty, or drain of everybody. */
export const startOwnRedis = (name: string, port?: number): Promise<RedisServer> =>
  startRedis({
    server: environment('TEST_REDIS_SERVER'),
    directory: join(environment('TEST_DIRECTORY'), name),
    ...(port !== undefined && { port }),
  });

export const urlOf = ({ port }: Pick<RedisServer, 'port'>): string => `redis://127.0.0.1:${port}`;

/** The same statements without their condition: a fast way to fill a table. */
export const unconditional = (cassandra: Cassandra): Cassandra => ({
  ...cassandra,
  writeIf: async (cql, values) => {
    await cassandra.write(cql.replace(' IF NOT EXISTS', ''), values);
    return undefined;
  },
});
