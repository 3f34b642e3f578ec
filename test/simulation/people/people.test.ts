import { describe, expect, test } from '@jest/globals';
import { controlOf } from '../seeds.ts';
import { mutations } from './mutations.ts';
import { firstWrong, settingOf } from './seeds.ts';

/** `SEED=1234 npm test -- --plain test/simulation/people` replays one seed alone; `SEEDS=20000` looks at more of them. */
const { SEED: only, SEEDS: count = 2_000 } = process.env;
const seeds = only === undefined ? Array.from({ length: Number(count) }, (_, i) => i) : [Number(only)];
/** One seed alone need not meet what a mutation breaks. */
const whole = only === undefined ? test : test.skip;

describe('four devices of three people, while everything goes wrong', () => {
  test(`I1–I8, I10–I12 and I15 hold over ${seeds.length} seeds`, async () => {
    const found = await firstWrong(settingOf, seeds);
    if (found) throw new Error(`seed ${found.seed} (replay: SEED=${found.seed}):\n${found.wrong.join('\n')}`);
  }, 600_000);

  whole.each(mutations)(
    '$rule is noticed',
    async ({ rule: _, noticed, around, ...mutation }) => {
      const found = await firstWrong((seed) => ({ ...settingOf(seed), ...around, ...mutation }), seeds);
      expect(found?.wrong.join('\n')).toMatch(noticed);
      if (!around || !found) return;
      const control = controlOf(found, seeds);
      expect(await firstWrong((seed) => ({ ...settingOf(seed), ...around }), control)).toBeUndefined();
    },
    600_000,
  );
});
