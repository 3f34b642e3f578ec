import type { Side } from './sides.ts';

const titles = new Set(['three', 'two', 'room', 'another']);

/** Said in the same words: places by number; what is random, sealed or for people alone is left out. */
export const plain = ({ names }: Side, said: unknown): unknown => {
  const numbered = [0, 1, 2, 3, 4, 5].reduce(
    (text, i) => text.replaceAll(names.place(i), `place ${i}`),
    JSON.stringify(said),
  );
  return JSON.parse(numbered, (name, value) => {
    if (name === 'message' || name === 'detail' || name === 'epoch') return undefined;
    if (name === 'title' && !titles.has(value)) return undefined;
    if (name === 'key' && !String(value).startsWith('a-key')) return 'made';
    if (name === 'cursor' || name === 'next') return 'sealed';
    if (name === 'device') return 'a device';
    if (name === 'name') return 'a name';
    return value;
  });
};

/** Lists in the order of ids, which differ, and what stands at the same time. */
export const ordered = (answer: unknown): unknown => {
  const text = (one: unknown) => JSON.stringify(one);
  const timeOf = (one: unknown) => Number(Reflect.get(Object(one), 'activeAt') ?? 0);
  const sorted = (list: unknown[]) =>
    [...list].sort((one, other) => timeOf(other) - timeOf(one) || (text(one) < text(other) ? -1 : 1));
  const isUnordered = (name: string, [first]: unknown[]) =>
    ['conversations', 'belongsTo', 'gone'].includes(name) || (name === 'items' && timeOf(first) > 0);
  return Object.fromEntries(
    Object.entries(answer as object).map(([name, value]) => [
      name,
      Array.isArray(value) && isUnordered(name, value) ? sorted(value) : value,
    ]),
  );
};
