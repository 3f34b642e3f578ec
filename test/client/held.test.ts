import { expect, test } from '@jest/globals';
import { type HeldUses, heldOf } from '../../client/conversation/held.ts';
import { follow } from '../../client/conversation/past.ts';
import { fakeClock } from '../../client/testing/clock.ts';
import type { Entry } from '../../client/wire.gen.ts';

const entry = (seq: number, user = 'u:cid') =>
  ({
    type: 'member.joined',
    conversation: 'g:one',
    seq,
    ts: seq,
    from: 'u:ann',
    user,
  }) as unknown as Entry;

const stage = () => {
  const clock = fakeClock();
  const [asked, told]: [string[], number[]] = [[], []];
  const answers: ((items: Entry[]) => void)[] = [];
  const uses = {
    clock,
    me: () => 'u:bob',
    endless: ((_, path) => {
      asked.push(new URL(path, 'http://local').searchParams.get('after') ?? '');
      return new Promise((resolve) => answers.push((items) => resolve({ items } as never)));
    }) as HeldUses['endless'],
    outbox: { seen: () => {} },
    tell: (name: string, { seq }: Entry) => void (name === 'entry' && told.push(seq)),
    autoDelivered: false,
  } as unknown as HeldUses;
  const held = heldOf(uses, 'g:one');
  const apply = (head: number, entries: Entry[], more: { limited?: true } = {}, isFirst = false) =>
    held.apply({ conversation: 'g:one', head, entries, role: 'member', receipts: [], ...more }, isFirst);
  return { clock, asked, answers, told, held, apply, request: uses.endless };
};

test('a hole in the log that took the place of another is filled, though that one was being read', async () => {
  const { clock, asked, answers, held, apply } = stage();
  held.push(entry(5), 1);
  held.push(entry(8), 2);
  await clock.advance(1_000);
  expect(asked).toEqual(['5']);
  apply(20, [entry(19), entry(20)], { limited: true });
  held.push(entry(23), 3);
  await clock.advance(60_000);
  answers[0]?.([entry(7), entry(6)]);
  await clock.advance(1_000);
  expect(asked).toEqual(['5', '20']);
  answers[1]?.([entry(22), entry(21)]);
  await clock.advance(0);
  expect(held.head()).toBe(23);
});

test('what was missed of a conversation that is new here is told before what was not', async () => {
  const { clock, asked, answers, told, held } = stage();
  held.push(entry(3), 1, true);
  expect(told).toEqual([]);
  await clock.advance(1_000);
  expect(asked).toEqual(['0']);
  answers[0]?.([entry(2), entry(1)]);
  await clock.advance(0);
  expect(told).toEqual([1, 2, 3]);
});

test('what a sync brings of a conversation that is new here is told, from when the caller came', () => {
  const { told, apply } = stage();
  apply(6, [1, 2, 3, 4].map((seq) => entry(seq)).concat(entry(5, 'u:bob'), entry(6)));
  expect(told).toEqual([5, 6]);
});

test('whom the caller was to others since he came does not hide when he came', () => {
  const { told, apply } = stage();
  const promoted = { ...entry(4, 'u:bob'), type: 'member.changed' } as Entry;
  apply(4, [entry(1), entry(2), entry(3, 'u:bob'), promoted]);
  expect(told).toEqual([3, 4]);
});

test('what was missed before the caller left and came again is told', () => {
  const { told, held, apply } = stage();
  held.push(entry(3), 1);
  const left = { ...entry(5, 'u:bob'), type: 'member.left' } as Entry;
  apply(9, [entry(4), left, entry(6), entry(7), entry(8, 'u:bob'), entry(9)]);
  expect(told).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

test('what is there at the first sync is no news', () => {
  const { told, apply } = stage();
  apply(2, [entry(1), entry(2)], {}, true);
  expect(told).toEqual([]);
});

test('what is followed is not kept for ever', () => {
  const { held, request } = stage();
  held.push(entry(1), 1);
  const followed: number[] = [];
  follow(request, held, ({ seq }) => followed.push(seq));
  for (let seq = 2; seq <= 1_000; seq++) held.push(entry(seq), seq);
  expect(followed).toEqual(Array.from({ length: 999 }, (_, i) => i + 2));
  expect(held.log()?.floor()).toBeGreaterThan(500);
});
