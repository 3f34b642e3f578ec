import { expect, test } from '@jest/globals';
import { noFaults } from '../simulation/faults.ts';
import { firstWrong, settingOf } from '../simulation/seeds.ts';

/** Seeds that no usual run looks at. `SEED=<n> npm test -- --plain test/simulation` replays one that failed. */
const count = Number(process.env.SEEDS ?? 20_000);
const chunk = 1_000;
const chunks = Array.from({ length: Math.ceil(count / chunk) }, (_, i) => i * chunk);
const seedsFrom = (first: number) =>
  Array.from({ length: Math.min(chunk, count - first) }, (_, i) => first + i);

test.each(chunks)(
  'everything goes wrong, from seed %i on',
  async (first) => {
    expect(await firstWrong(settingOf, seedsFrom(first))).toBeUndefined();
  },
  3_600_000,
);

test('with Redis away all the time', async () => {
  const away = () => ({ rates: noFaults, loss: 'away' as const });
  expect(await firstWrong(away, seedsFrom(0))).toBeUndefined();
}, 3_600_000);
