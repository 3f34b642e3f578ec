import { describe, expect, test } from '@jest/globals';
import { noFaults, type Rates } from './faults.ts';
import { mutations } from './mutations.ts';
import { simulate } from './run.ts';
import type { Loss, Setting } from './world.ts';

const rates: Rates = { crash: 0.01, lost: 0.02, mute: 0.03, late: 0.02, twice: 0.02, slow: 0.02 };
const losses: Loss[] = ['none', 'wipe', 'rollback', 'down'];

const settingOf = (seed: number): Setting => ({ rates, loss: losses[seed % losses.length] ?? 'none' });

/** `SEED=1234 npm test -- --plain test/simulation` replays one seed alone; `SEEDS=20000` looks at more of them. */
const { SEED: only, SEEDS: count = 600 } = process.env;
const upTo = (length: number) => Array.from({ length }, (_, i) => i);
const seeds = only === undefined ? upTo(Number(count)) : [Number(only)];
/** One seed alone need not meet what a mutation breaks. */
const whole = only === undefined ? test : test.skip;

/** Seeds that a control looks at, at the least. */
const fewest = 25;

/** The first seed at which something is wrong, and what. */
const firstWrong = async (setting: (seed: number) => Setting, among = seeds) => {
  for (const seed of among) {
    const wrong = await simulate(seed, setting(seed));
    if (wrong.length > 0) return { seed, wrong };
  }
  return undefined;
};

describe('sending, while everything goes wrong', () => {
  test(`I1–I5, I8 and I9 hold over ${seeds.length} seeds`, async () => {
    const found = await firstWrong(settingOf);
    if (found) throw new Error(`seed ${found.seed} (replay: SEED=${found.seed}):\n${found.wrong.join('\n')}`);
  }, 600_000);

  test('I13: with Redis away all the time, everything is sent, and everybody learns of it later', async () => {
    const found = await firstWrong(() => ({ rates: noFaults, loss: 'away' }), seeds.slice(0, 150));
    if (found) throw new Error(`seed ${found.seed}:\n${found.wrong.join('\n')}`);
  }, 600_000);

  whole.each(mutations)(
    '$rule is noticed',
    async ({ rule: _, noticed, around, ...mutation }) => {
      const found = await firstWrong((seed) => ({ ...settingOf(seed), ...around, ...mutation }), upTo(2_000));
      expect(found?.wrong.join('\n')).toMatch(noticed);
      if (!around || !found) return;
      // It is the mutation that was noticed, and not what is around it.
      const control = upTo(Math.max(fewest, found.seed + 1));
      expect(await firstWrong((seed) => ({ ...settingOf(seed), ...around }), control)).toBeUndefined();
    },
    600_000,
  );
});
