import type { Rates } from './faults.ts';
import { simulate } from './run.ts';
import type { Loss, Setting } from './world.ts';

export const rates: Rates = { crash: 0.01, lost: 0.02, mute: 0.03, late: 0.02, twice: 0.02, slow: 0.02 };
const losses = ['none', 'wipe', 'rollback', 'down'] as const satisfies Loss[];
/** What Redis loses in a seed. */
export const lossOf = (seed: number): (typeof losses)[number] => losses[seed % losses.length] ?? 'none';

export const settingOf = (seed: number): Setting => ({ rates, loss: lossOf(seed) });

type Wrong = { seed: number; wrong: string[] };

/** How to find the first seed of a story at which something is wrong, and what. */
export const firstWrongIn =
  <S>(story: (seed: number, setting: S) => Promise<string[]>) =>
  async (setting: (seed: number) => S, among: number[]): Promise<Wrong | undefined> => {
    for (const seed of among) {
      const wrong = await story(seed, setting(seed));
      if (wrong.length > 0) return { seed, wrong };
    }
    return undefined;
  };

export const firstWrong = firstWrongIn(simulate);

/** Seeds that the control of a mutation looks at, at the least: it is the mutation that was noticed, and not what is around it. */
const fewest = 25;
export const controlOf = ({ seed }: Wrong, among: number[]): number[] =>
  among.slice(0, Math.max(fewest, seed + 1));
