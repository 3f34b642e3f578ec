import { describe, expect, test } from '@jest/globals';
import { noFaults } from './faults.ts';
import { mutations } from './mutations.ts';
import { controlOf, firstWrong, settingOf } from './seeds.ts';

/** `SEED=1234 npm test -- --plain test/simulation` replays one seed alone; `SEEDS=20000` looks at more of them. */
const { SEED: only, SEEDS: count = 600 } = process.env;
const upTo = (length: number) => Array.from({ length }, (_, i) => i);
const seeds = only === undefined ? upTo(Number(count)) : [Number(only)];
/** One seed alone need not meet what a mutation breaks. */
const whole = only === undefined ? test : test.skip;

describe('sending, while everything goes wrong', () => {
  test(`I1–I5, I8 and I9 hold over ${seeds.length} seeds`, async () => {
    const found = await firstWrong(settingOf, seeds);
    if (found) throw new Error(`seed ${found.seed} (replay: SEED=${found.seed}):\n${found.wrong.join('\n')}`);
  }, 600_000);

  test('I13: with Redis away all the time, everything is sent, and everybody learns of it later', async () => {
    const found = await firstWrong(() => ({ rates: noFaults, loss: 'away' }), seeds.slice(0, 150));
    if (found) throw new Error(`seed ${found.seed}:\n${found.wrong.join('\n')}`);
  }, 600_000);

  whole.each(mutations)(
    '$rule is noticed',
    async ({ rule: _, noticed, around, ...mutation }) => {
      const many = upTo(2_000);
      const found = await firstWrong((seed) => ({ ...settingOf(seed), ...around, ...mutation }), many);
      expect(found?.wrong.join('\n')).toMatch(noticed);
      if (!around || !found) return;
      const control = controlOf(found, many);
      expect(await firstWrong((seed) => ({ ...settingOf(seed), ...around }), control)).toBeUndefined();
    },
    600_000,
  );
});
