import type { Clock } from '../types/environment.ts';

/** A clock that goes only when a test says so. */
export type FakeClock = Clock & {
  /** Lets everything happen that needs no time: answers arrive, promises go on. */
  settle(): Promise<void>;
  /** Lets time pass, from timer to timer; what each sets off is over before the next. */
  advance(ms: number): Promise<void>;
  /** Milliseconds to the next timer; `undefined` where there is none. */
  next(): number | undefined;
};

type Timer = { at: number; run: () => void };

// Taken once: a test runner that puts its own timers in their place would hold this clock up.
const { setTimeout: later } = globalThis;
const soon = (globalThis as { setImmediate?: (run: () => void) => void }).setImmediate;
/** A turn of the event loop: every promise that is ready has gone on. */
const turn = () => new Promise<void>((resolve) => (soon ? soon(resolve) : later(resolve, 0)));
/** Web platform parts, such as reading a body, take a turn or two of their own. */
const turns = 3;

/** Begins at a time of its own, unless told another: milliseconds since 1970. */
export const fakeClock = (from = 1_795_000_000_000): FakeClock => {
  let now = from;
  const timers = new Set<Timer>();

  const first = (): Timer | undefined => {
    let found: Timer | undefined;
    for (const timer of timers) if (!found || timer.at < found.at) found = timer;
    return found;
  };
  const settle = async () => {
    for (let i = 0; i < turns; i++) await turn();
  };

  return {
    now: () => now,
    setTimeout: (run, ms) => {
      const timer = { at: now + Math.max(0, ms), run };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      timers.delete(timer as Timer);
    },
    settle,
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      for (let timer = first(); timer && timer.at <= until; timer = first()) {
        timers.delete(timer);
        now = timer.at;
        timer.run();
        await settle();
      }
      now = until;
    },
    next: () => {
      const timer = first();
      return timer && timer.at - now;
    },
  };
};
