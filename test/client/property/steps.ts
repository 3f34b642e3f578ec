import fc from 'fast-check';
import type { Fate } from '../../../client/testing/index.ts';

/** What happens around the clients under test: to the log, to the line, to the server, to the tabs. */
const index = fc.nat({ max: 30 });
const where = fc.nat({ max: 1 });
const tab = fc.nat({ max: 1 });
const emoji = fc.constantFrom('👍', '🎉');
const of = <Kind extends string, Fields extends object>(
  kind: Kind,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) => fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<{ kind: Kind } & Fields>;

const fate = fc.constantFrom<Fate>(
  undefined,
  undefined,
  'lost',
  'broken',
  'unavailable',
  { done: 'unavailable' },
  'rate-limited',
);

export const step = fc.oneof(
  { weight: 6, arbitrary: of('theySay', { where, times: fc.constantFrom(1, 2, 5, 60, 220) }) },
  {
    weight: 3,
    arbitrary: of('theyChange', { where, how: fc.constantFrom('edit', 'delete', 'react'), index, emoji }),
  },
  { weight: 2, arbitrary: of('membership', { where: fc.constant(1), inside: fc.boolean() }) },
  { weight: 8, arbitrary: of('send', { tab, times: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: of('change', { tab, how: fc.constantFrom('edit', 'delete', 'react'), index, emoji }),
  },
  { weight: 2, arbitrary: of('read', { tab, where }) },
  { weight: 1, arbitrary: of('theyRead', { where, index }) },
  { weight: 3, arbitrary: of('cut', { told: fc.boolean() }) },
  { weight: 2, arbitrary: of('network', { there: fc.boolean() }) },
  { weight: 1, arbitrary: of('silence', {}) },
  { weight: 1, arbitrary: of('refuse', { times: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: of('goodbye', { code: fc.constantFrom('lifetime', 'draining', 'silent', 'expired') }),
  },
  { weight: 1, arbitrary: of('restart', { downMs: fc.constantFrom(0, 3_000, 20_000) }) },
  { weight: 1, arbitrary: of('forget', {}) },
  { weight: 1, arbitrary: of('expire', {}) },
  { weight: 3, arbitrary: of('fates', { fates: fc.array(fate, { minLength: 1, maxLength: 6 }) }) },
  {
    weight: 3,
    arbitrary: of('faults', {
      delayMs: fc.constantFrom<[number, number]>([0, 0], [5, 40], [0, 1_500]),
      reorder: fc.boolean(),
      duplicate: fc.constantFrom(0, 0.3),
      lose: fc.constantFrom(0, 0.3),
    }),
  },
  { weight: 3, arbitrary: of('reload', { tab }) },
  { weight: 6, arbitrary: of('pass', { ms: fc.constantFrom(10, 300, 1_200, 11_000, 65_000, 700_000) }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
