import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance, Clock } from '../../lib/clock.ts';

/** Time that passes only when a test says so; whoever pauses goes on when its time has come. */
export type TestClock = Clock & { pass(ms: number): Promise<void> };

export const testClock = (from = 1_795_000_000_000): TestClock => {
  let now = from;
  let waiting: { at: number; go: () => void }[] = [];
  return {
    now: () => now,
    pause: (ms) => new Promise((go) => waiting.push({ at: now + ms, go })),
    pass: async (ms) => {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { go } of due) go();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

export const realClock: Clock = { now: Date.now, pause: async (ms) => pause(ms) };

export const realChance: Chance = {
  id: () => randomBytes(16).toString('base64url'),
  between: (low, high) => low + Math.floor(Math.random() * (high - low + 1)),
};
