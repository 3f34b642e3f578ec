import type { Count, Duration } from './metrics.ts';

/** What one invocation has counted and measured. */
export type Tally = {
  counts: Map<Count, number>;
  /** Counts that are told apart, by metric and value. */
  labelled: Map<Count, Map<string, number>>;
  durations: Map<Duration, Sample>;
};

export const createTally = (): Tally => ({ counts: new Map(), labelled: new Map(), durations: new Map() });

/** As many as CloudWatch takes in one line. */
const atMost = 100;

/** At most so many values: when it is full every other one is dropped, and from then on every other one is taken. */
type Sample = { values: number[]; every: number; seen: number };

const addTo = (sample: Sample, value: number): void => {
  if (sample.seen++ % sample.every !== 0) return;
  sample.values.push(value);
  if (sample.values.length <= atMost) return;
  sample.values = sample.values.filter((_, i) => i % 2 === 0);
  sample.every *= 2;
};

const raise = <Key>(counts: Map<Key, number>, key: Key, by: number) =>
  counts.set(key, (counts.get(key) ?? 0) + by);

export const addCount = (tally: Tally, name: Count, by: number, label?: string): void => {
  if (label === undefined) {
    raise(tally.counts, name, by);
    return;
  }
  const values = tally.labelled.get(name) ?? new Map<string, number>();
  tally.labelled.set(name, values);
  raise(values, label, by);
};

export const addDuration = (tally: Tally, name: Duration, ms: number): void => {
  const sample = tally.durations.get(name) ?? { values: [], every: 1, seen: 0 };
  tally.durations.set(name, sample);
  addTo(sample, Math.round(ms * 100) / 100);
};
