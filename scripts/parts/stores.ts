import { join } from 'node:path';
import { readConfig } from '../../lib/config.ts';
import { accessBy } from '../../lib/platform.ts';
import { migrate } from '../migrate.ts';
import { fetchCassandra, findJava, hasJava, startCassandra } from './cassandra.ts';
import { isDockerRunning, startContainers } from './docker.ts';
import { hasCommand } from './maven.ts';
import { findRedisServer, startRedis } from './redis.ts';

/** The stores that a start runs on, in the order: given, Docker, processes of this machine, memory. */
export type Stores = {
  kind: 'real' | 'memory';
  environment: Record<string, string>;
  /** One line that says what runs. */
  description: string;
  stop(): Promise<void>;
};

const memory = (): Stores => ({
  kind: 'memory',
  environment: {},
  description: 'in memory: nothing is kept. Install Docker, or Java 17 and Maven, for the real stores.',
  stop: async () => {},
});

type Say = (line: string) => void;
type Part = { environment: Record<string, string>; what: string; stop(): Promise<void> };

const given = (names: string[], what: string): Part => ({
  environment: Object.fromEntries(
    names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  ),
  what,
  stop: async () => {},
});

const localRedis = async (directory: string, say: Say): Promise<Part> => {
  const server = await findRedisServer(say);
  const running = await startRedis({ server, directory: join(directory, 'redis') });
  return {
    environment: { PARLEY_REDIS_URL: `redis://127.0.0.1:${running.port}` },
    what: 'Redis',
    stop: running.stop,
  };
};

const localCassandra = async (directory: string, say: Say): Promise<Part> => {
  const java = findJava();
  const jars = await fetchCassandra(say);
  say('starting Cassandra (about 10 s)');
  const running = await startCassandra({ java, jars, directory: join(directory, 'cassandra') });
  const environment = {
    PARLEY_CASSANDRA_CONTACT_POINTS: '127.0.0.1',
    PARLEY_CASSANDRA_PORT: String(running.port),
    PARLEY_CASSANDRA_DATA_CENTRE: 'datacenter1',
  };
  return { environment, what: 'Cassandra (data in .parley/)', stop: running.stop };
};

const containers = async (wanted: ('redis' | 'cassandra')[]): Promise<Part> => {
  const started = await startContainers(wanted);
  return {
    environment: {
      ...(wanted.includes('redis') && { PARLEY_REDIS_URL: `redis://127.0.0.1:${started.redisPort}` }),
      ...(wanted.includes('cassandra') && {
        PARLEY_CASSANDRA_CONTACT_POINTS: '127.0.0.1',
        PARLEY_CASSANDRA_PORT: String(started.cassandraPort),
        PARLEY_CASSANDRA_DATA_CENTRE: 'datacenter1',
      }),
    },
    what: `${wanted.join(' and ')} in Docker`,
    stop: started.stop,
  };
};

const isInstallable = () => hasCommand('mvn') && hasJava();

const settings = {
  redis: ['PARLEY_REDIS_URL', 'PARLEY_REDIS_CLUSTER'],
  cassandra: [
    'PARLEY_CASSANDRA_CONTACT_POINTS',
    'PARLEY_CASSANDRA_SERVICE',
    'PARLEY_CASSANDRA_PORT',
    'PARLEY_CASSANDRA_DATA_CENTRE',
    'PARLEY_CASSANDRA_KEYSPACE',
    'PARLEY_CASSANDRA_USER',
    'PARLEY_CASSANDRA_PASSWORD',
    'PARLEY_CASSANDRA_SECRET',
    'PARLEY_CASSANDRA_TLS_SERVER_NAME',
  ],
};

const startParts = async (directory: string, say: Say): Promise<Part[] | undefined> => {
  const missing = (['redis', 'cassandra'] as const).filter((part) => !process.env[settings[part][0] ?? '']);
  const parts = (['redis', 'cassandra'] as const)
    .filter((part) => !missing.includes(part))
    .map((part) => given(settings[part], `${part} as given`));
  if (missing.length === 0) return parts;
  if (isDockerRunning()) return [...parts, await containers(missing)];
  if (missing.includes('cassandra') && !isInstallable()) return undefined;
  if (missing.includes('redis')) parts.push(await localRedis(directory, say));
  if (missing.includes('cassandra')) parts.push(await localCassandra(directory, say));
  return parts;
};

/** Starts what is needed and applies the schema. */
export const startStores = async (
  directory: string,
  forced: 'memory' | undefined,
  say: Say,
): Promise<Stores> => {
  const parts = forced === 'memory' ? undefined : await startParts(directory, say);
  if (!parts) return memory();
  const environment: Record<string, string> = Object.assign({}, ...parts.map((part) => part.environment));
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop()));
  };
  try {
    const { AWS_REGION } = process.env;
    const applied = await migrate(accessBy(readConfig({ AWS_REGION, ...environment })));
    if (applied.length > 0) say(`schema applied: ${applied.join(', ')}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { kind: 'real', environment, description: parts.map(({ what }) => what).join(', '), stop };
};
