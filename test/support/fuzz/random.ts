/** Chance that a seed decides: the same seed, the same choices. */
export type Random = {
  /** From 0 up to, and without, 1. */
  part(): number;
  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number;
  one<T>(of: readonly T[]): T;
  /** Whether it comes true, so many times in a hundred. */
  percent(chance: number): boolean;
};

/** mulberry32 */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0;
  const part = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(part() * (high - low + 1));
  return {
    part,
    between,
    one: <T>(of: readonly T[]): T => of[between(0, of.length - 1)] as T,
    percent: (chance) => part() * 100 < chance,
  };
};
