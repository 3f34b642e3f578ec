import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance, Clock } from '../../lib/clock.ts';

/** Time that passes only when a test says so, or when somebody waits for it. */
export type TestClock = Clock & { pass(ms: number): Promise<void> };

export const testClock = (from = 1_795_000_000_000): TestClock => {
  let now = from;
  const pass = async (ms: number) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { now: () => now, pause: pass, pass };
};

export const realClock: Clock = { now: Date.now, pause: async (ms) => pause(ms) };

export const realChance: Chance = {
  id: () => randomBytes(16).toString('base64url'),
  between: (low, high) => low + Math.floor(Math.random() * (high - low + 1)),
};
