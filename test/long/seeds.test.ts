import { expect, test } from '@jest/globals';
import { noFaults } from '../simulation/faults.ts';
import * as people from '../simulation/people/seeds.ts';
import * as senders from '../simulation/seeds.ts';

/** Seeds of both stories that no usual run looks at. `SEED=<n> npm test -- --plain test/simulation` replays one that failed. */
const count = Number(process.env.SEEDS ?? 20_000);
const chunk = 1_000;
const chunks = Array.from({ length: Math.ceil(count / chunk) }, (_, i) => i * chunk);
const seedsFrom = (first: number) =>
  Array.from({ length: Math.min(chunk, count - first) }, (_, i) => first + i);

test.each(chunks)(
  'everything goes wrong for those who send, from seed %i on',
  async (first) => {
    expect(await senders.firstWrong(senders.settingOf, seedsFrom(first))).toBeUndefined();
  },
  3_600_000,
);

test.each(chunks)(
  'everything goes wrong for people and their devices, from seed %i on',
  async (first) => {
    expect(await people.firstWrong(people.settingOf, seedsFrom(first))).toBeUndefined();
  },
  3_600_000,
);

test('with Redis away all the time', async () => {
  const away = () => ({ rates: noFaults, loss: 'away' as const });
  expect(await senders.firstWrong(away, seedsFrom(0))).toBeUndefined();
}, 3_600_000);
