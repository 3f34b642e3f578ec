import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { findJava } from '../scripts/parts/cassandra.ts';
import { findRedisServer } from '../scripts/parts/redis.ts';
import { figure } from './figures.ts';
import type { Bench } from './part.ts';
import { cassandraVersion } from './stores.ts';

const bytesPerGib = 2 ** 30;

const said = (command: string, pattern: RegExp) =>
  execFileSync(command, ['--version'], { encoding: 'utf8' }).match(pattern)?.[1] ?? 'unknown';

/** What the figures were measured on, read when they are. */
export const describeMachine = async (say: Bench['say']): Promise<string> => {
  const models = new Set(cpus().map(({ model }) => model.trim()));
  const lines = [
    `CPU: ${[...models].join(', ')}; ${cpus().length} logical cores`,
    `Memory: ${figure(totalmem() / bytesPerGib, 1)} GiB`,
    // Its number: what follows names the machine.
    `Kernel: ${platform()} ${release().split('-')[0]}, ${arch()}`,
    `Node ${process.versions.node}`,
    `Redis ${said(await findRedisServer(say), /v=(\S+)/)}, keeping nothing on disk`,
    `Cassandra ${await cassandraVersion(say)} on Java ${said(findJava(), /^\S+ (\S+)/)}, one node`,
    `Load average at the start: ${figure(loadavg()[0] ?? 0, 2)}`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
};
