/** Numbers from 0 up to, and without, 1. */
export type Chance = () => number;

/** The same numbers for the same seed (mulberry32), so that a test that failed can be run again. */
export const seeded = (seed: number): Chance => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 22 characters, as every id of the server has. */
export const idBy = (chance: Chance): string =>
  Array.from({ length: 22 }, () => alphabet[Math.floor(chance() * alphabet.length)]).join('');

const hash = (text: string, from: number): number => {
  let mixed = from;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
};

/** The same 22 characters for the same words, and hardly ever for others (FNV-1a from two beginnings): no secret. */
export const digest = (...words: string[]): string => {
  const text = JSON.stringify(words);
  const letter = (i: number) => alphabet[hash(`${text}${i}`, i % 2 ? 0x811c9dc5 : 0x9e3779b9) >>> 26];
  return Array.from({ length: 22 }, (_, i) => letter(i)).join('');
};
