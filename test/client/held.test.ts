import { expect, test } from '@jest/globals';
import { type HeldUses, heldOf } from '../../client/conversation/held.ts';
import { fakeClock } from '../../client/testing/clock.ts';
import type { Entry } from '../../client/wire.gen.ts';

const entry = (seq: number) =>
  ({ type: 'member.added', conversation: 'g:one', seq, ts: seq, from: 'u:ann' }) as unknown as Entry;

test('a hole in the log that took the place of another is filled, though that one was being read', async () => {
  const clock = fakeClock();
  const asked: string[] = [];
  const answers: ((page: { items: Entry[] }) => void)[] = [];
  const uses = {
    clock,
    me: () => 'u:bob',
    endless: ((_, path) => {
      asked.push(new URL(path, 'http://local').searchParams.get('after') ?? '');
      return new Promise((resolve) => answers.push(resolve as never));
    }) as HeldUses['endless'],
    outbox: { seen: () => {} },
    tell: () => {},
    autoDelivered: false,
  } as unknown as HeldUses;
  const held = heldOf(uses, 'g:one');

  held.push(entry(5), 1);
  held.push(entry(8), 2);
  await clock.advance(1_000);
  expect(asked).toEqual(['5']);
  const synced = { head: 20, limited: true as const, entries: [entry(19), entry(20)] };
  held.apply({ ...synced, conversation: 'g:one', role: 'member', receipts: [] }, false);
  held.push(entry(23), 3);
  await clock.advance(60_000);
  answers[0]?.({ items: [entry(7), entry(6)] });
  await clock.advance(1_000);
  expect(asked).toEqual(['5', '20']);
  answers[1]?.({ items: [entry(22), entry(21)] });
  await clock.advance(0);
  expect(held.head()).toBe(23);
});
