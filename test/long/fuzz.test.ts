import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fuzz } from '../support/fuzz/run.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(6 * 60 * 60_000);

let strict: Strict;
beforeAll(async () => {
  const lifted = {
    PARLEY_STRANGER_REQUESTS: '1000000',
    PARLEY_FRAMES_PER_SECOND: '1000000',
    PARLEY_SENDS_PER_SECOND: '1000000',
  };
  strict = await startStrict(lifted, { limits: { instances: 2 } });
});
afterAll(() => strict.stop());

test('100 000 frames that nobody should send, with the limits of frames lifted', async () => {
  const told = await fuzz(strict, 100_000, 10_001);
  expect(told.get('error rate-limited')).toBeUndefined();
  expect(told.get('ack')).toBeGreaterThan(0);
});
