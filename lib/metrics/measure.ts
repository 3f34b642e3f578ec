import { requestNow } from '../request.ts';
import type { Count, Duration } from './metrics.ts';
import { addCount, addDuration } from './tally.ts';

/** Nothing here waits, and outside of an invocation nothing is counted. */

/** `label` is the value of what the metric is told apart by. */
export const count = (name: Count, by = 1, label?: string): void => {
  const request = requestNow();
  if (request && by > 0) addCount(request.tally, name, by, label);
};

export const measure = (name: Duration, ms: number): void => {
  const request = requestNow();
  if (request) addDuration(request.tally, name, ms);
};

/** Measures from now until `work` is over, however it ends. The promise stays the same, so nobody waits for it. */
export const timed = <T>(name: Duration, work: Promise<T>, failed?: (error: unknown) => void): Promise<T> => {
  const request = requestNow();
  if (!request) return work;
  const begun = performance.now();
  const over = () => addDuration(request.tally, name, performance.now() - begun);
  work.then(over, (error: unknown) => {
    over();
    failed?.(error);
  });
  return work;
};
