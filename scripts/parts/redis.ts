import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { fetchArtifact, hasCommand } from './maven.ts';
import { freePort, untilListening } from './ports.ts';
import { type Running, run } from './processes.ts';

/** Redis as a process of this machine. It keeps nothing on disk: what it forgets is rebuilt from Cassandra. */
const artifact = 'com.github.codemonstur:embedded-redis:1.4.3';

/** `redis-server` or `valkey-server` from the PATH, else the one that the artifact brings for this machine. */
export const findRedisServer = async (progress: (line: string) => void): Promise<string> => {
  const installed = ['redis-server', 'valkey-server'].find((command) => hasCommand(command, ['--version']));
  if (installed) return installed;
  const directory = await fetchArtifact(artifact, 'contents', progress);
  const wanted = `${platform() === 'darwin' ? 'darwin' : 'linux'}-${arch() === 'arm64' ? 'arm64' : 'amd64'}`;
  const binary = readdirSync(directory).find(
    (file) => file.startsWith('redis-server') && file.includes(wanted),
  );
  if (!binary) throw new Error(`Redis is missing: install redis-server; the artifact has none for ${wanted}`);
  const path = join(directory, binary);
  chmodSync(path, 0o755);
  return path;
};

export type RedisServer = Running & { port: number };

export const startRedis = async (options: {
  server: string;
  directory: string;
  port?: number;
  cluster?: boolean;
  /** The port that a node of a cluster tells of itself. */
  announced?: number;
  name?: string;
}): Promise<RedisServer> => {
  const { server, directory, cluster = false, announced, name = 'redis' } = options;
  const port = options.port ?? (await freePort());
  mkdirSync(directory, { recursive: true });
  const running = await run({
    name,
    directory,
    command: server,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--appendonly', 'no'],
      ...(cluster ? ['--cluster-enabled', 'yes', '--cluster-config-file', `${name}.conf`] : []),
      ...(announced === undefined
        ? []
        : ['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(announced)]),
    ],
  });
  await untilListening(port, running.ended, 'Redis', 10_000);
  return { ...running, port };
};
