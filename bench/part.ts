import type { Table } from './table.ts';

/** One thing that is measured: it starts what it needs, ends it, and gives back what it found. */
export type Part = (bench: Bench) => Promise<Table[]>;

export type Bench = {
  /** Of this run, for the stores and the bundles; it goes when the run ends. */
  directory: string;
  pace: Pace;
  say(line: string): void;
};

export type Pace = {
  /** As long as it takes for a figure to be steady, or with `--quick` long enough to see that it runs. */
  ms(full: number): number;
  count(full: number): number;
  repetitions: number;
};

const hurry = 10;

export const fullPace: Pace = { ms: (full) => full, count: (full) => full, repetitions: 3 };
export const quickPace: Pace = {
  ms: (full) => full / hurry,
  count: (full) => Math.ceil(full / hurry),
  repetitions: 1,
};
