import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { filesIn, root, textOf } from '../drift/sources.ts';

type Step = { uses?: string; run?: string };
type Job = { uses?: string; permissions?: Record<string, string>; environment?: string; steps?: Step[] };
type Workflow = {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
};

const files = filesIn('.github/workflows', '.yml');
const workflows = files.map((file): [string, Workflow] => [file, parse(textOf(file))]);
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

describe.each(workflows)('%s', (file, workflow) => {
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap(({ steps: own = [] }) => own);

  test('may write nothing, and asks who it is only where it deploys', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const { permissions = {}, environment, uses } of jobs) {
      const { 'id-token': identity, ...others } = permissions;
      expect(Object.values(others).filter((right) => right !== 'read')).toEqual([]);
      if (identity !== undefined) expect(environment ?? uses).toMatch(/inputs\.stage|deploy\.yml/);
    }
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
  });

  test('runs the actions of others by their hash, and says which version that is', () => {
    const lines = textOf(file)
      .split('\n')
      .filter((line) => /\buses: [^.]/.test(line));
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('runs scripts that there are', () => {
    const asked = steps.flatMap(({ run = '' }) =>
      [...run.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name),
    );
    expect(asked.filter((name) => !scripts[name])).toEqual([]);
  });

  test('puts nothing that others may write into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

describe('a deploy of a stage whose Cassandra is given', () => {
  const steps = workflows.find(([file]) => file.endsWith('deploy.yml'))?.[1].jobs.deploy?.steps ?? [];
  const at = steps.findIndex(({ run = '' }) => run.includes('scripts/migrate.ts'));
  const home = mkdtempSync(join(tmpdir(), 'parley-workflow-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  writeFileSync(join(home, 'node'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });

  test.each([
    [
      'given',
      'PARLEY_ORIGINS=https://a.example\nPARLEY_CASSANDRA_CONTACT_POINTS=cassandra.example\n',
      'migrates',
    ],
    ['not named', 'PARLEY_ORIGINS=https://a.example\n', 'does not'],
    ['empty', 'PARLEY_CASSANDRA_CONTACT_POINTS=\n', 'does not'],
  ])('migrates it first: %s', (_what, settings, does) => {
    writeFileSync(join(home, '.env.prod'), settings);
    const said = execFileSync('bash', ['-e', '-c', steps[at]?.run ?? 'exit 1'], {
      cwd: home,
      env: { PATH: `${home}:${process.env.PATH}`, STAGE: 'prod' },
      encoding: 'utf8',
    });
    expect(said).toBe(does === 'migrates' ? '--env-file=.env.prod scripts/migrate.ts\n' : '');
    expect(at).toBeLessThan(steps.findIndex(({ run = '' }) => run.includes('serverless deploy')));
  });
});

const actionlint = process.env.TEST_ACTIONLINT;
(actionlint === undefined ? describe.skip : describe)('actionlint', () => {
  test('finds nothing', () => {
    // It fails, and prints, where it finds something.
    expect(execFileSync(actionlint ?? '', ['-no-color', ...files], { cwd: root, encoding: 'utf8' })).toBe('');
  });
});
