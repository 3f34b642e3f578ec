import { describe, expect, test } from '@jest/globals';
import { inboxFollower } from '../../client/sync/inbox.ts';
import { fakeClock } from '../../client/testing/clock.ts';

const stage = () => {
  const clock = fakeClock();
  const repairs: string[] = [];
  const inbox = inboxFollower(clock, (by) => repairs.push(by));
  inbox.settle({ epoch: 'e', version: 10 });
  return { clock, repairs, inbox };
};

describe('the inbox', () => {
  test('is followed step by step', async () => {
    const { clock, repairs, inbox } = stage();
    inbox.follow({ prev: 10, version: 12 });
    inbox.follow({ prev: 12, version: 13 });
    await clock.advance(2_000);
    expect(inbox.mine()).toEqual({ epoch: 'e', version: 13 });
    expect(repairs).toEqual([]);
  });

  test('takes steps that overtake each other', async () => {
    const { clock, repairs, inbox } = stage();
    inbox.follow({ prev: 13, version: 14 });
    inbox.follow({ prev: 12, version: 13 });
    await clock.advance(999);
    inbox.follow({ prev: 10, version: 12 });
    await clock.advance(2_000);
    expect(inbox.mine()?.version).toBe(14);
    expect(repairs).toEqual([]);
  });

  test('is repaired by itself when a step stays out for a second', async () => {
    const { clock, repairs, inbox } = stage();
    inbox.follow({ prev: 12, version: 13 });
    await clock.advance(1_000);
    expect(repairs).toEqual(['inbox']);
    inbox.settle({ epoch: 'e', version: 12 });
    expect(inbox.mine()?.version).toBe(13);
  });

  test('takes no repetition for a gap', async () => {
    const { clock, repairs, inbox } = stage();
    inbox.follow({ prev: 8, version: 9 });
    inbox.follow({ prev: 9, version: 10 });
    await clock.advance(2_000);
    expect([inbox.mine()?.version, ...repairs]).toEqual([10]);
  });

  test('is compared where its versions were forgotten', () => {
    const { repairs, inbox } = stage();
    inbox.follow({ prev: 3, version: 20 });
    expect(repairs).toEqual(['compare']);
  });

  test('is repaired where a pong tells of more, or of another epoch', async () => {
    const { clock, repairs, inbox } = stage();
    inbox.stands({ epoch: 'e', version: 10 });
    await clock.advance(2_000);
    expect(repairs).toEqual([]);
    inbox.stands({ epoch: 'e', version: 11 });
    await clock.advance(1_000);
    expect(repairs).toEqual(['inbox']);
    inbox.stands({ epoch: 'f', version: 1 });
    expect(repairs).toEqual(['inbox', 'inbox']);
  });

  test('keeps a higher version of its own over what a sync began with', () => {
    const { inbox } = stage();
    inbox.follow({ prev: 10, version: 15 });
    inbox.settle({ epoch: 'e', version: 12 });
    expect(inbox.mine()?.version).toBe(15);
    inbox.settle({ epoch: 'f', version: 2 });
    expect(inbox.mine()).toEqual({ epoch: 'f', version: 2 });
  });
});
