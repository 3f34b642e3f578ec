import { createCassandra } from '../../lib/cassandra/client.ts';
import { createRedis } from '../../lib/redis/client.ts';
import { realClock } from './clock.ts';

/** Clients of the stores that the run has started. */
const environment = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this test runs in the project "stores"`);
  return value;
};

export const realRedis = () =>
  createRedis({ url: environment('PARLEY_REDIS_URL'), cluster: false, commandMs: 5_000, clock: realClock });

export const realCluster = () =>
  createRedis({ url: environment('TEST_CLUSTER_URL'), cluster: true, commandMs: 5_000, clock: realClock });

export const realCassandra = (port = Number(environment('PARLEY_CASSANDRA_PORT')), requestMs = 10_000) =>
  createCassandra({
    contactPoints: ['127.0.0.1'],
    port,
    dataCentre: 'datacenter1',
    keyspace: 'parley',
    requestMs,
    relaxed: 'relaxed',
    clock: realClock,
  });
