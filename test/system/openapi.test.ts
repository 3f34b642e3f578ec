import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWithPython } from '../support/cloud/python.ts';
import { examine } from '../support/python/schemathesis.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(300_000);

describeWithPython('schemathesis, which reads docs/openapi.yaml', () => {
  let strict: Strict;
  beforeAll(async () => {
    strict = await startStrict({
      PARLEY_STRANGER_REQUESTS: '1000000',
      PARLEY_SENDS_PER_SECOND: '1000000',
      // A busy machine is no fault of the API.
      PARLEY_REDIS_COMMAND_MS: '5000',
      PARLEY_CASSANDRA_REQUEST_MS: '10000',
    });
  });
  afterAll(() => strict.stop());

  test('meets no fault and no answer that the document lacks', async () => {
    const { isWell, said } = await examine(strict, { examples: 10, seed: Number(process.env.SEED ?? 1) });
    if (!isWell) console.error(said);
    expect(isWell).toBe(true);
    expect(strict.log()).not.toContain('"level":"error"');
  });
});
