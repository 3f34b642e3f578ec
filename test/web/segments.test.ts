import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { segmentsOf } from '../../web/text/segments.ts';

const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const countOf = (text: string, character: string) => text.split(character).length - 1;

/** What belongs to an address, as it is meant: a closing bracket where its opening one is in it. */
const linkIn = (found: string): string => {
  const last = found.at(-1) ?? '';
  const opening = pairs[last];
  const isUnpaired = opening !== undefined && countOf(found, last) > countOf(found, opening);
  return isUnpaired || /[.,;:!?…]/.test(last) ? linkIn(found.slice(0, -1)) : found;
};

const linksOf = (text: string) =>
  segmentsOf(text)
    .filter(({ kind }) => kind === 'link')
    .map(({ text: link }) => link);

describe('an address in a text', () => {
  test.each([
    ['(http://a.example/b)', 'http://a.example/b'],
    ['http://a.example/b_(c)', 'http://a.example/b_(c)'],
    ['(see http://a.example/b_(c)).', 'http://a.example/b_(c)'],
    ['[http://a.example/{b}]…', 'http://a.example/{b}'],
    ['http://a.example/(b))!)', 'http://a.example/(b)'],
    ['http://a.example/(b', 'http://a.example/(b'],
  ])('ends before what closes the sentence: %s', (text, link) => {
    expect(linksOf(text)).toEqual([link]);
  });

  test('ends where it is meant to, whatever follows, and no character is lost', () => {
    const ending = fc.string({ unit: fc.constantFrom(...'()[]{}.,;:!?…ab'), maxLength: 30 });
    fc.assert(
      fc.property(ending, (after) => {
        const text = `http://a.example/${after}`;
        expect(linksOf(text)).toEqual([linkIn(text)]);
        expect(
          segmentsOf(text)
            .map((one) => one.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  test('is found in one pass, however many brackets follow', () => {
    const text = `http://a${')'.repeat(1_000_000)}`;
    // Counting anew for each of them would take an hour; only a context of its own can be stopped.
    const found = runInContext('segmentsOf(text)', createContext({ segmentsOf, text }), { timeout: 10_000 });
    expect(found[0]).toEqual({ kind: 'link', text: 'http://a' });
  });
});
