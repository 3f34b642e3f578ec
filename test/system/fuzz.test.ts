import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fuzz, replayed } from '../support/fuzz/run.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(300_000);

/** Strangers are let in as fast as stories begin. */
const open = { PARLEY_STRANGER_REQUESTS: '1000000' };
/** Two of each function are as many as two cores can bear. */
const few = { instances: 2 };

describe('frames that nobody should send', () => {
  let strict: Strict;
  beforeAll(async () => {
    strict = await startStrict(open, { limits: few });
  });
  afterAll(() => strict.stop());

  test('1 000 at the real limits: every answer is in the document, and the connection stands', async () => {
    const told = await fuzz(strict, 1_000);
    expect(told.get('error rate-limited')).toBeGreaterThan(0);
    expect(told.get('error bad-request')).toBeGreaterThan(0);
  });
});

describe('the same with the limits of frames lifted', () => {
  let strict: Strict;
  beforeAll(async () => {
    const lifted = { PARLEY_FRAMES_PER_SECOND: '1000000', PARLEY_SENDS_PER_SECOND: '1000000' };
    strict = await startStrict({ ...open, ...lifted }, { limits: few });
  });
  afterAll(() => strict.stop());

  test('1 000: all that gets through is answered by the document too', async () => {
    const told = await fuzz(strict, 1_000, 1_001);
    expect(told.get('error rate-limited')).toBeUndefined();
    // One seed alone need not meet all of them.
    if (replayed !== undefined) return;
    for (const answer of ['ack', 'sync', 'pong', 'ok', 'help', 'receipt', 'presence', 'message.new']) {
      expect([...told.keys()]).toContain(answer);
    }
  });
});
