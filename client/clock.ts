import type { Clock } from './types/environment.ts';

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** A timer that can be set anew; only its last setting counts. */
export const timer = (clock: Clock) => {
  let set: unknown;
  return {
    stop: () => {
      clock.clearTimeout(set);
      set = undefined;
    },
    start: (run: () => void, ms: number) => {
      clock.clearTimeout(set);
      set = clock.setTimeout(() => {
        set = undefined;
        run();
      }, ms);
    },
    isSet: () => set !== undefined,
  };
};

export const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => clock.setTimeout(resolve, ms));
