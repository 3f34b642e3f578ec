import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fetchArtifact } from './maven.ts';
import { freePort, untilListening } from './ports.ts';
import { type Running, run } from './processes.ts';

/** Cassandra as a process of this machine: its Maven artifact, run by Java 17 as its own script would. */
const artifact = 'org.apache.cassandra:cassandra-all:5.0.6';
export const fetchCassandra = (progress: (line: string) => void) => fetchArtifact(artifact, 'jars', progress);

/** Java 11 or 17: Cassandra 5.0 refuses others. `JAVA_HOME` first, then the PATH. */
const supported = (): string | undefined => {
  const home = process.env.JAVA_HOME;
  const candidates = [...(home ? [join(home, 'bin/java')] : []), 'java'];
  return candidates.find(isSupported);
};
export const hasJava = (): boolean => supported() !== undefined;
export const findJava = (): string => {
  const found = supported();
  if (!found)
    throw new Error('Java 17 is missing: install it (JAVA_HOME or PATH), or Docker, or use --store=memory');
  return found;
};

const isSupported = (java: string) => {
  try {
    const said = execFileSync(java, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /\b(11|17)\.\d/.test(said.split('\n')[0] ?? '');
  } catch {
    return false;
  }
};

/** What the modules of Java 17 must let Cassandra reach: conf/jvm17-server.options of the release. */
const exported = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'jdk.unsupported/sun.misc',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.attach/sun.tools.attach',
];
const opened = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'java.base/java.io',
  'java.base/java.lang.reflect',
  'java.base/java.lang',
  'java.base/java.util',
  'jdk.management/com.sun.management.internal',
  'jdk.compiler/com.sun.tools.javac',
];

/** A node's place among others, which all use the same ports, each on an address of its own. */
export type Place = {
  host: string;
  /** Of the node that knows the others: the first one. */
  seed: string;
  storagePort: number;
  /** What it begins to own. */
  token: string;
  /** How long it listens to the others before it joins: without it a joining node does not reach the first. */
  ringDelayMs: number;
};

const settings = (
  directory: string,
  port: number,
  { host, seed, storagePort }: Place,
  commitLog: CommitLog,
) => ({
  cluster_name: 'parley',
  partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
  num_tokens: 1,
  seed_provider: [
    {
      class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
      parameters: [{ seeds: `${seed}:${storagePort}` }],
    },
  ],
  listen_address: host,
  rpc_address: host,
  storage_port: storagePort,
  native_transport_port: port,
  endpoint_snitch: 'SimpleSnitch',
  // What was acknowledged is on disk; `periodic` may forget 100 ms of it and is for comparison only.
  ...(commitLog === 'batch'
    ? { commitlog_sync: 'batch' }
    : { commitlog_sync: 'periodic', commitlog_sync_period: '100ms' }),
  commitlog_segment_size: '8MiB',
  data_file_directories: [join(directory, 'data')],
  commitlog_directory: join(directory, 'commitlog'),
  hints_directory: join(directory, 'hints'),
  saved_caches_directory: join(directory, 'saved_caches'),
  cdc_raw_directory: join(directory, 'cdc_raw'),
  // Half the round trips of a conditional write.
  paxos_variant: 'v2',
  memtable_heap_space: '32MiB',
  memtable_offheap_space: '32MiB',
  key_cache_size: '0MiB',
  concurrent_reads: 16,
  concurrent_writes: 16,
  file_cache_enabled: false,
  auto_snapshot: false,
});

const logging = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{HH:mm:ss.SSS} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
`;

export type CommitLog = 'batch' | 'periodic';
export type CassandraServer = Running & { port: number };

export const startCassandra = async (options: {
  java: string;
  jars: string;
  directory: string;
  port?: number;
  commitLog?: CommitLog;
  /** Alone, unless it is said where else. */
  place?: Place;
}): Promise<CassandraServer> => {
  const { java, jars, directory, commitLog = 'batch' } = options;
  const port = options.port ?? (await freePort());
  const alone = { host: '127.0.0.1', seed: '127.0.0.1', token: '0', ringDelayMs: 0 };
  const place = options.place ?? { ...alone, storagePort: await freePort() };
  mkdirSync(directory, { recursive: true });
  const config = join(directory, 'cassandra.yaml');
  writeFileSync(config, stringify(settings(directory, port, place, commitLog)));
  writeFileSync(join(directory, 'logback.xml'), logging);
  const jamm = readdirSync(jars).find((file) => file.startsWith('jamm-'));
  const running = await run({
    name: 'cassandra',
    directory,
    command: java,
    args: [
      ...['-Xms384m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:MaxDirectMemorySize=256m'],
      `-javaagent:${join(jars, jamm ?? '')}`,
      ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
      ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      '-Djdk.attach.allowAttachSelf=true',
      '-Dio.netty.tryReflectionSetAccessible=true',
      '-Dcassandra-foreground=yes',
      `-Dcassandra.config=file:${config}`,
      `-Dcassandra.storagedir=${directory}`,
      `-Dlogback.configurationFile=${join(directory, 'logback.xml')}`,
      `-Dcassandra.initial_token=${place.token}`,
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      `-Dcassandra.ring_delay_ms=${place.ringDelayMs}`,
      ...['-cp', `${jars}/*`, 'org.apache.cassandra.service.CassandraDaemon'],
    ],
  });
  await untilListening(port, running.ended, 'Cassandra', 120_000, place.host);
  return { ...running, port };
};
