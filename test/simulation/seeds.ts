import type { Rates } from './faults.ts';
import { simulate } from './run.ts';
import type { Loss, Setting } from './world.ts';

const rates: Rates = { crash: 0.01, lost: 0.02, mute: 0.03, late: 0.02, twice: 0.02, slow: 0.02 };
const losses: Loss[] = ['none', 'wipe', 'rollback', 'down'];

export const settingOf = (seed: number): Setting => ({ rates, loss: losses[seed % losses.length] ?? 'none' });

/** The first seed at which something is wrong, and what. */
export const firstWrong = async (setting: (seed: number) => Setting, among: number[]) => {
  for (const seed of among) {
    const wrong = await simulate(seed, setting(seed));
    if (wrong.length > 0) return { seed, wrong };
  }
  return undefined;
};
