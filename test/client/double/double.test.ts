import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { limits as doubleLimits, rules as doubleRules } from '../../../client/testing/backend/limits.ts';
import { errors as doubleErrors } from '../../../client/testing/backend/refusal.ts';
import { rules } from '../../../lib/presence/rules.ts';
import { errors } from '../../../schema/errors.ts';
import { limits } from '../../../schema/limits.ts';
import { doubleSide, realSide } from './sides.ts';
import { type Step, step } from './steps.ts';
import { ordered, plain } from './words.ts';

/** Half an hour at most: connections that are older are asked to make room, each at a moment of its own. */
const longest = 1_800_000;

/** Plays the same to both, and compares every answer and every push. */
const compare = async (steps: Step[]) => {
  const double = await doubleSide();
  const real = await realSide(double.users, double.now() - 3_000);
  const history: string[] = [];
  let passed = 0;
  const play = async (one: Step) => {
    if ('passes' in one) {
      const ms = Math.min(one.passes, longest - passed);
      passed += ms;
      history.push(`${ms} ms pass`);
      await Promise.all([double.pass(ms), real.pass(ms)]);
    } else {
      history.push(JSON.stringify(plain(double, one.asks(double.names))));
      const answers = [await double.ask(one.asks(double.names)), await real.ask(one.asks(real.names))];
      expect(ordered(plain(double, answers[0]))).toEqual(ordered(plain(real, answers[1])));
    }
    await double.pass(0);
    expect(plain(double, double.pushed())).toEqual(plain(real, real.pushed()));
  };
  try {
    for (const one of steps) await play(one);
  } catch (error) {
    throw new Error(`${history.join('\n')}\n${(error as Error).message}`);
  }
};

const histories = fc.array(step, { maxLength: 30, size: 'max' });

describe('the double', () => {
  test('answers and pushes what the real actions do, whatever three people do', async () => {
    const seed = process.env.SEED ? { seed: Number(process.env.SEED) } : {};
    await fc.assert(fc.asyncProperty(histories, compare), {
      numRuns: Number(process.env.RUNS ?? 150),
      ...seed,
    });
  }, 120_000);

  test.each([
    ['how far back a key is looked for', doubleLimits, 'recentEntries', 1],
    ['how long a key is remembered', doubleRules, 'keyMs', 0],
    ['how much a sync gives', doubleLimits, 'syncNewest', 2],
    ['how many may be told of receipts', doubleLimits, 'receiptMembers', 1],
  ] as [string, Record<string, number>, string, number][])(
    'would be found to differ in %s',
    async (_what, numbers, name, wrong) => {
      const { [name]: right = 0 } = numbers;
      numbers[name] = wrong;
      try {
        const { failed } = await fc.check(fc.asyncProperty(histories, compare), {
          numRuns: 500,
          seed: 1,
          endOnFailure: true,
        });
        expect(failed).toBe(true);
      } finally {
        numbers[name] = right;
      }
    },
    120_000,
  );

  test('has the errors, limits and times of the real one', () => {
    for (const [code, { status, retryable }] of Object.entries(errors)) {
      expect({ code, ...doubleErrors[code as keyof typeof errors] }).toEqual({ code, status, retryable });
    }
    expect(limits).toMatchObject(doubleLimits);
    const { keyMs: _, lagMs: __, sweepMs: ___, ...times } = doubleRules;
    expect(rules).toMatchObject(times);
  });
});
