import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommand } from './maven.ts';

/** Prometheus and its promtool: of this machine, or of Debian's package, unpacked and not installed. */
export type Prometheus = { prometheus: string; promtool: string };

const directory = join(import.meta.dirname, '../../.parley/cache/prometheus');
const unpacked = {
  prometheus: join(directory, 'usr/bin/prometheus'),
  promtool: join(directory, 'usr/bin/promtool'),
};

/** Half a download never counts as one. */
const fetchPackage = () => {
  const partial = `${directory}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const quietly = { cwd: partial, stdio: 'ignore' } as const;
    execFileSync('apt-get', ['download', '-qq', 'prometheus'], quietly);
    const [file = ''] = readdirSync(partial);
    execFileSync('dpkg-deb', ['-x', file, partial], quietly);
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

/** `undefined` where there is none, and none to be had. */
export const findPrometheus = (): Prometheus | undefined => {
  if (hasCommand('prometheus', ['--version']) && hasCommand('promtool', ['--version']))
    return { prometheus: 'prometheus', promtool: 'promtool' };
  try {
    if (!existsSync(directory)) fetchPackage();
    return unpacked;
  } catch {
    return undefined;
  }
};
