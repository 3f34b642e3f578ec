import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mutations } from './mutations.ts';
import { run } from './run.ts';
import { step } from './steps.ts';

const histories = fc.array(step, { maxLength: 25, size: 'max' });
const seed = process.env.SEED ? { seed: Number(process.env.SEED) } : {};

describe('whatever happens to the line, the server and the tabs', () => {
  test('every tab shows what the server has, and every send is stored once', async () => {
    const whole = fc.asyncProperty(histories, (steps) => run(steps));
    await fc.assert(whole, { numRuns: Number(process.env.RUNS ?? 100), ...seed });
  }, 240_000);

  test.each(Object.entries(mutations))(
    'it is noticed when %s',
    async (_rule, mutation) => {
      const broken = fc.asyncProperty(histories, (steps) => run(steps, mutation));
      const { failed } = await fc.check(broken, { numRuns: 300, endOnFailure: true, seed: 1 });
      expect(failed).toBe(true);
    },
    240_000,
  );
});
