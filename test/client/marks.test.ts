import { describe, expect, test } from '@jest/globals';
import type { Ask } from '../../client/connection/link.ts';
import { marker } from '../../client/conversation/marks.ts';
import { unreachable } from '../../client/error.ts';
import { fakeClock } from '../../client/testing/clock.ts';

describe('marks', () => {
  test('what rises while its frame is under way is told after it', async () => {
    const clock = fakeClock();
    const told: number[] = [];
    const answers: (() => void)[] = [];
    const ask = ((_, { seq = 0 }: { seq?: number } = {}) => {
      told.push(seq);
      return new Promise((resolve) => answers.push(() => resolve({ seq } as never)));
    }) as Ask;
    const marks = marker(clock, ask, () => {});

    marks.mark('g:one', 'markRead', 5);
    await clock.advance(200);
    marks.mark('g:one', 'markRead', 6);
    await clock.advance(1_000);
    expect(told).toEqual([5]);
    answers[0]?.();
    await clock.advance(1_000);
    expect(told).toEqual([5, 6]);
  });

  test('only those without an answer are repeated by another connection', async () => {
    const clock = fakeClock();
    const told: string[] = [];
    let isThere = true;
    const ask = (async (action: string, { conversation, seq }: { conversation: string; seq: number }) => {
      told.push(`${action} ${conversation} ${seq}`);
      if (!isThere) throw unreachable('the line is lost');
      return { seq };
    }) as never;
    const marks = marker(clock, ask, () => {});

    marks.mark('g:one', 'markRead', 5);
    marks.mark('g:two', 'markDelivered', 7);
    await clock.advance(200);
    isThere = false;
    marks.mark('g:one', 'markDelivered', 6);
    marks.mark('g:two', 'markRead', 7);
    await clock.advance(60_000);
    isThere = true;
    told.length = 0;
    marks.repeat();
    await clock.advance(1_000);
    expect(told).toEqual(['markDelivered g:one 6', 'markRead g:two 7']);
    marks.repeat();
    await clock.advance(1_000);
    expect(told).toHaveLength(2);
  });

  test('one whose answer never came is told, though the next connection was there before that was known', async () => {
    const clock = fakeClock();
    const told: number[] = [];
    let lose = () => {};
    const ask = ((_, { seq = 0 }: { seq?: number } = {}) =>
      new Promise((resolve, reject) => {
        if (told.push(seq) > 1) resolve({ seq } as never);
        lose = () => reject(unreachable('the line is lost'));
      })) as Ask;
    const marks = marker(clock, ask, () => {});

    marks.mark('g:one', 'markRead', 5);
    await clock.advance(200);
    marks.repeat();
    await clock.advance(1_000);
    lose();
    await clock.advance(1_000);
    expect(told).toEqual([5, 5]);
    await clock.advance(60_000);
    expect(told).toHaveLength(2);
  });
});
