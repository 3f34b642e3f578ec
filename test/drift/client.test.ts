import { describe, expect, test } from '@jest/globals';
import { nameLimit, textLimit, titleLimit } from '../../client/limits.ts';
import { limits } from '../../schema/limits.ts';
import { clientEntries, compressedSize } from '../../scripts/build-client.ts';
import { filesIn, importsOf } from './sources.ts';

/** The SDK is small, and stands on the protocol alone. */
describe('the SDK', () => {
  test.each([
    ['.', 10],
    ['./chat', 16],
    ['./account', 2],
    ['./indexeddb', 1],
    ['./react', 1],
  ])('%s is at most %i KB, minified and compressed', async (entry, atMost) => {
    expect((await compressedSize(clientEntries[entry] ?? '')) / 1_024).toBeLessThanOrEqual(atMost);
  });

  test('needs nothing but React, and that for its hooks alone', () => {
    const outer = filesIn('client', '.ts')
      .filter((file) => !file.startsWith('client/dist/'))
      .flatMap(importsOf)
      .filter(
        ({ from, to }) => !to.startsWith('client/') && !(to === 'react' && from.startsWith('client/react/')),
      );
    expect(outer.filter(({ to, isType }) => !(isType && to.startsWith('schema/')))).toEqual([]);
  });

  test('knows the limits of the server', () => {
    const { textBytes, titleCharacters, nameCharacters } = limits;
    expect([textLimit, titleLimit, nameLimit]).toEqual([textBytes, titleCharacters, nameCharacters]);
  });
});
