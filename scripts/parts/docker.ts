import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { hasCommand } from './maven.ts';

/** The parts from compose.yaml, where a Docker engine answers. */
const file = join(import.meta.dirname, '../../compose.yaml');
const ports = { PARLEY_DOCKER_REDIS_PORT: '16379', PARLEY_DOCKER_CASSANDRA_PORT: '19042' };

export const isDockerRunning = (): boolean =>
  hasCommand('docker', ['info']) && hasCommand('docker', ['compose', 'version']);

const compose = (args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('docker', ['compose', '-f', file, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...ports, ...process.env },
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`docker compose ${args[0]} ended with ${code}`)),
    );
  });

export const startContainers = async (services: ('redis' | 'cassandra')[]) => {
  await compose(['up', '--detach', '--wait', ...services]);
  const given = { ...ports, ...process.env };
  return {
    redisPort: Number(given.PARLEY_DOCKER_REDIS_PORT),
    cassandraPort: Number(given.PARLEY_DOCKER_CASSANDRA_PORT),
    stop: () => compose(['stop', ...services]),
  };
};
