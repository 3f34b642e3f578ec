import { describe, expect, test } from '@jest/globals';
import type { Ask } from '../../client/connection/link.ts';
import { marker } from '../../client/conversation/marks.ts';
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
});
