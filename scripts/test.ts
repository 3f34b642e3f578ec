import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { exportJWK, generateKeyPair } from 'jose';
import { buildHandlers } from './build.ts';
import { buildPage } from './build-page.ts';
import { redisAccess } from './cloud/access.ts';
import { migrate } from './migrate.ts';
import { fetchCassandra, findJava, startCassandra } from './parts/cassandra.ts';
import { startCluster } from './parts/cluster.ts';
import { fetchPython } from './parts/python.ts';
import { findRedisServer, startRedis } from './parts/redis.ts';

/**
 * `npm test`: starts one Redis, a cluster of three and Cassandra of its own, builds the bundles, runs Jest with what
 * was given, ends everything, and says in the last line how many tests passed and failed. With `--plain` it runs the
 * tests that need no store, in seconds; with `--cloud` those of what is deployed; with `--long` those that take hours.
 */
const root = join(import.meta.dirname, '..');
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];

type Stopping = { stop(): Promise<void> };
const started: Stopping[] = [];
mkdirSync(join(root, '.parley'), { recursive: true });
const directory = mkdtempSync(join(root, '.parley/test-'));
const say = (line: string) => console.error(line);

/** The user that a deployment has in Valkey, and may look where scripts only write: with its rights tests run. */
const user = { name: 'parley', password: 'only for tests' };
const admit = async (port: number) => {
  const redis = new Redis(port, '127.0.0.1');
  await redis.acl('SETUSER', user.name, `>${user.password}`, ...redisAccess().split(' '), '+pttl', '+zscore');
  redis.disconnect();
};
const urlOf = (port: number) => `redis://${user.name}:${encodeURIComponent(user.password)}@127.0.0.1:${port}`;

/** The stores by environment, as a deployment finds them; tests use ids of their own and run side by side. */
const startStores = async (): Promise<Record<string, string>> => {
  const server = await findRedisServer(say);
  const jars = await fetchCassandra(say);
  say('starting Redis, a Redis cluster and Cassandra');
  const keep = <T extends Stopping>(store: T): T => {
    started.push(store);
    return store;
  };
  const [redis, cluster, cassandra] = await Promise.all([
    startRedis({ server, directory: join(directory, 'redis') }).then(keep),
    startCluster({ server, directory: join(directory, 'cluster') }).then(keep),
    startCassandra({ java: findJava(), jars, directory: join(directory, 'cassandra') }).then(keep),
  ]);
  await migrate({
    contactPoints: ['127.0.0.1'],
    port: cassandra.port,
    dataCentre: 'datacenter1',
    keyspace: 'parley',
  });
  await Promise.all([redis.port, ...cluster.nodes.map(({ port }) => port)].map(admit));
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return {
    TEST_REDIS_SERVER: server,
    TEST_CASSANDRA_JARS: jars,
    TEST_CLUSTER_URL: urlOf(cluster.port),
    PARLEY_REDIS_URL: urlOf(redis.port),
    PARLEY_CASSANDRA_CONTACT_POINTS: '127.0.0.1',
    PARLEY_CASSANDRA_PORT: String(cassandra.port),
    PARLEY_TOKEN_KEY: JSON.stringify(await exportJWK(privateKey)),
  };
};

/** Jest may take so long to end, once it has reported: what a test left open keeps it, or Node loops in its own end. */
const endMs = 20_000;

type Report = Record<
  'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numRuntimeErrorTestSuites',
  number
> & { success: boolean };

/** What it reports, and whether all was well. */
const runJest = async (args: string[], environment: Record<string, string>): Promise<Report> => {
  const report = join(mkdtempSync(join(directory, 'jest-')), 'report.json');
  const code = await untilDone([...args, '--json', `--outputFile=${report}`], environment, report);
  const reported: Report = JSON.parse(readFileSync(report, 'utf8'));
  return { ...reported, success: code === null ? reported.success : code === 0 };
};

/** Its exit code; `null` where it had to be ended. */
const untilDone = (
  args: string[],
  environment: Record<string, string>,
  report: string,
): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...jest, ...args], {
      cwd: root,
      stdio: 'inherit',
      // Building the page left `production` here, and React takes away what tests need.
      env: { ...process.env, NODE_ENV: 'test', ...environment },
    });
    let late: NodeJS.Timeout | undefined;
    const watcher = watch(dirname(report), (_event, name) => {
      if (name !== basename(report)) return;
      late ??= setTimeout(() => {
        say('Jest has reported and does not end: ending it');
        child.kill('SIGKILL');
      }, endMs);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      watcher.close();
      clearTimeout(late);
      resolve(code);
    });
  });

const endAll = async () => {
  await Promise.all(started.map((store) => store.stop()));
  rmSync(directory, { recursive: true, force: true });
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(1)));
}

/**
 * Side by side: what runs on the stores, one test file after the other, since the sweep or the drain of one reaches
 * the connections of all; and what needs none.
 */
const halves = [
  ['stores', 'page'],
  ['plain', 'cloud'],
];
const asked = process.argv.slice(2);
const named = ['plain', 'cloud', 'long'].filter((project) => asked.includes(`--${project}`));
const args = asked.filter((argument) => !['--plain', '--cloud', '--long'].includes(argument));
const isWhole = asked.length === 0;

const argumentsFor = (projects: string[]) => [
  ...args,
  ...(args.includes('--selectProjects') ? [] : ['--selectProjects', ...projects]),
  ...(projects.includes('stores') || projects.includes('long') ? ['--runInBand'] : []),
];

try {
  const stores = named.length > 0 && !named.includes('long') ? {} : await startStores();
  await buildHandlers(join(directory, 'dist'));
  if (named.length === 0) await buildPage(join(directory, 'page'));
  // Fetched once: both halves need it.
  const tools = isWhole && { TEST_PYTHON: (await fetchPython(say)) ?? '' };
  const environment = { ...stores, ...tools, TEST_DIRECTORY: directory };
  const runs = isWhole ? halves : [named.length > 0 ? named : halves.flat()];
  const reports = await Promise.all(runs.map((projects) => runJest(argumentsFor(projects), environment)));
  const sum = (count: (report: Report) => number) => reports.map(count).reduce((a, b) => a + b, 0);
  process.exitCode = reports.every(({ success }) => success) ? 0 : 1;
  const skipped = sum(({ numPendingTests }) => numPendingTests);
  if (skipped > 0) console.log(`${skipped} skipped`);
  const passed = sum(({ numPassedTests }) => numPassedTests);
  const failed = sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites);
  console.log(`${passed} passed, ${failed} failed`);
} finally {
  await endAll();
}
