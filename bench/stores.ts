import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../scripts/migrate.ts';
import { type CommitLog, fetchCassandra, findJava, startCassandra } from '../scripts/parts/cassandra.ts';
import { findRedisServer, startRedis } from '../scripts/parts/redis.ts';
import type { Bench } from './part.ts';
import { whileRunning } from './running.ts';

/** Real stores of a part's own, new and empty, which end with it. */
export const keyspace = 'parley';
export const dataCentre = 'datacenter1';

let starts = 0;
const directoryOf = ({ directory }: Bench, store: string) => join(directory, `${store}-${starts++}`);

const withRedis = async <T>(bench: Bench, work: (url: string) => Promise<T>): Promise<T> => {
  const server = await findRedisServer(bench.say);
  const starting = startRedis({ server, directory: directoryOf(bench, 'redis') });
  return whileRunning(starting, ({ port }) => work(`redis://127.0.0.1:${port}`));
};

export const withCassandra = async <T>(
  bench: Bench,
  commitLog: CommitLog,
  work: (port: number) => Promise<T>,
): Promise<T> => {
  const jars = await fetchCassandra(bench.say);
  bench.say(`starting Cassandra, commit log ${commitLog}`);
  const directory = directoryOf(bench, 'cassandra');
  const starting = startCassandra({ java: findJava(), jars, directory, commitLog });
  return whileRunning(starting, async ({ port }) => {
    await migrate({ contactPoints: ['127.0.0.1'], port, dataCentre, keyspace });
    return work(port);
  });
};

export type Stores = { redisUrl: string; cassandraPort: number };

/** Both, as the product has them: what was acknowledged is on disk. */
export const withStores = <T>(bench: Bench, work: (stores: Stores) => Promise<T>): Promise<T> =>
  withRedis(bench, (redisUrl) =>
    withCassandra(bench, 'batch', (cassandraPort) => work({ redisUrl, cassandraPort })),
  );

export const environmentOf = ({ redisUrl, cassandraPort }: Stores): Record<string, string> => ({
  PARLEY_REDIS_URL: redisUrl,
  PARLEY_CASSANDRA_CONTACT_POINTS: '127.0.0.1',
  PARLEY_CASSANDRA_PORT: String(cassandraPort),
});

export const cassandraVersion = async (say: Bench['say']): Promise<string> => {
  const jar = readdirSync(await fetchCassandra(say)).find((file) => file.startsWith('cassandra-all-'));
  return jar?.replace(/^cassandra-all-|\.jar$/g, '') ?? 'unknown';
};
