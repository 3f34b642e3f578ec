import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { freePort } from '../../../scripts/parts/ports.ts';
import { root } from '../../drift/sources.ts';

jest.setTimeout(180_000);

/** A checkout of its own, and elsewhere: the one that is worked in may be started beside it. */
const directory = mkdtempSync(join(tmpdir(), 'parley-start-'));
for (const name of [
  'client',
  'cloud',
  'handlers',
  'lib',
  'schema',
  'scripts',
  'web',
  'serverless.yml',
  'package.json',
  'tsconfig.json',
])
  cpSync(join(root, name), join(directory, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));

const ended: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ended) await end();
  rmSync(directory, { recursive: true, force: true });
});

test('`npm start` in memory shows the page, lets two people in, and shows its metrics where it is asked to', async () => {
  const names = ['HTTP', 'WS', 'LAMBDA', 'WEB', 'METRICS'];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [`PARLEY_${name}_PORT`, String(await freePort())])),
  );
  const child = spawn(process.execPath, [join(directory, 'scripts/start.ts'), '--store=memory'], {
    env: { PATH: process.env.PATH, HOME: directory, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  ended.push(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += text;
        if (said.includes('Ctrl-C ends everything')) resolve();
      });
    child.once('exit', () => reject(new Error(`it ended:\n${said}`)));
  });

  const at = `http://localhost:${ports.PARLEY_METRICS_PORT}/metrics`;
  expect(said).toContain(`metrics are at ${at}`);
  // Those of the two people, who have registered.
  expect(await (await fetch(at)).text()).toMatch(/\nparley_requests_total 2\n/);
  const page = await fetch(`http://localhost:${ports.PARLEY_WEB_PORT}/`);
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringContaining(`ws://localhost:${ports.PARLEY_WS_PORT}`),
  ]);
});
