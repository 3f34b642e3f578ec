import { describe, expect, test } from '@jest/globals';
import { textOf } from './sources.ts';

type Locked = { resolved?: string; optionalDependencies?: Record<string, string> };
const packages: Record<string, Locked> = JSON.parse(textOf('package-lock.json')).packages;

describe('the lock file', () => {
  test('names no host', () => {
    const hosts = Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http'));
    expect(hosts.map(([path]) => path)).toEqual([]);
  });

  test('holds the builds for every platform, or npm ci refuses it on all of them', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});
