import { quantile } from './quantiles.ts';

export type Loop = {
  lanes: number;
  ms: number;
  work(lane: number): Promise<void>;
  /** Before each `work`, and in no figure. */
  prepare?(lane: number): Promise<void>;
};

export type Paced = { perSecond: number; p50Ms: number; p99Ms: number };

/** A closed loop: each lane asks again as soon as it was answered, so a slow answer also lowers the load. */
export const closedLoop = async ({ lanes, ms, work, prepare }: Loop): Promise<Paced> => {
  const tookMs: number[] = [];
  const from = performance.now();
  const run = async (_: unknown, lane: number) => {
    while (performance.now() - from < ms) {
      await prepare?.(lane);
      const at = performance.now();
      await work(lane);
      tookMs.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: lanes }, run));
  const elapsedMs = performance.now() - from;
  return {
    perSecond: (tookMs.length / elapsedMs) * 1_000,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  };
};
