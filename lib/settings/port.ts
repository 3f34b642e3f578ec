/**
 * What an operator changes while everything runs. It is a memory: a setting that was forgotten has its default.
 * Failures are `unavailable` AppErrors.
 */
export type Settings = {
  /** By which the windows of sends are multiplied; `undefined` where nobody has set it. */
  factor(): Promise<number | undefined>;
  setFactor(factor: number, ttlMs: number): Promise<void>;
};
