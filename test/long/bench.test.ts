import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

/** On stores of its own. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(PARLEY|TEST|NODE_ENV)/.test(name)),
);

test('every part of the bench runs, hurried', async () => {
  const main = join(import.meta.dirname, '../../bench/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--quick'], { env: environment });
  for (const part of [
    'send',
    'post',
    'insert',
    'hot',
    'bundles',
    'page',
    'audience',
    'reconnect',
    'sdk',
    'web',
  ])
    expect(stdout).toContain(`### ${part}`);
}, 3_600_000);
