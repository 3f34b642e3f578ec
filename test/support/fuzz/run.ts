import { expect } from '@jest/globals';
import type { Strict } from '../strict.ts';
import { marker } from './frames.ts';
import { play, type Told } from './story.ts';

/** Frames of one seed: few enough to be played again alone. */
const perSeed = 250;

/** A seed that failed is played alone with `SEED=<n>`. */
export const replayed = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const seedsOf = (count: number, first: number): number[] =>
  replayed === undefined
    ? Array.from({ length: Math.ceil(count / perSeed) }, (_, i) => first + i)
    : [replayed];

/** `count` frames in stories of their own; then nothing in the log tells of a fault, or of what people wrote. */
export const fuzz = async (strict: Strict, count: number, first = 1): Promise<Told> => {
  const told: Told = new Map();
  for (const seed of seedsOf(count, first)) {
    try {
      await play(strict, seed, Math.min(perSeed, count), told);
    } catch (error) {
      console.error(`SEED=${seed} plays this alone`);
      throw error;
    }
  }
  const lines = strict.log().split('\n');
  const parsed = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed.filter(({ level, errorType }) => level === 'error' || errorType !== undefined)).toEqual([]);
  expect(lines.filter((line) => line.includes(marker) || line.includes('eyJ'))).toEqual([]);
  return told;
};
