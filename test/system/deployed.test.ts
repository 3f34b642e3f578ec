import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { realClock } from '../support/clock.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';

jest.setTimeout(400_000);

const script = join(import.meta.dirname, '../../scripts/smoke.ts');
const run = promisify(execFile);

let gateway: Gateway;
let isOver = false;
let sweeping: Promise<void>;
/** As the schedule does, only more often. */
const sweep = async () => {
  while (!isOver) {
    await gateway.invoke('sweep', { once: true });
    await realClock.pause(1_000);
  }
};
beforeAll(async () => {
  gateway = await startGateway();
  sweeping = sweep();
});
afterAll(async () => {
  isOver = true;
  await sweeping;
  await gateway.stop();
});

const smoke = (socket: string, password: string) =>
  run(process.execPath, [script, '--http', gateway.httpUrl, '--socket', socket], {
    env: { ...process.env, SMOKE_PASSWORD: password },
  });

test('the script that looks at a deployment finds the local one well, again and again', async () => {
  expect((await smoke(gateway.wsUrl, 'a smoky password')).stdout).toContain('the log has both');
  expect((await smoke(gateway.wsUrl, 'a smoky password')).stdout).toContain('bob gets it');
  expect((await smoke(gateway.wsUrl, '')).stdout).toContain('nonsense is refused kindly');
});

test('and says what failed where it is not', async () => {
  const elsewhere = gateway.wsUrl.replace(/\/[^/]*$/, '/nowhere');
  await expect(smoke(elsewhere, '')).rejects.toMatchObject({
    stderr: expect.stringContaining('failed: both connect'),
  });
});
