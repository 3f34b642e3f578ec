import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { filesIn, importsOf, textOf } from './sources.ts';

const sources = ['.ts', '.tsx'].flatMap((ending) => filesIn('web', ending));
const imports = sources.filter((file) => !file.endsWith('vite.config.ts')).flatMap(importsOf);
const packages = /^(react|react-dom(\/client)?|virtua|@parley\/client\/(chat|react|account|indexeddb))$/;

describe('the page', () => {
  test('stands on the SDK alone', () => {
    const outer = imports.filter(({ to }) => !to.startsWith('web/') && !packages.test(to));
    expect(outer).toEqual([]);
  });

  test('makes no markup of text', () => {
    const markup =
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|new Function|eval\(/;
    expect(sources.filter((file) => markup.test(textOf(file)))).toEqual([]);
  });

  test('stays small: no file over 200 lines, no folder over ten', () => {
    const long = [...sources, ...filesIn('web', '.css')].filter(
      (file) => textOf(file).split('\n').length > 201,
    );
    const folders = Map.groupBy([...sources, ...filesIn('web', '.css')], dirname);
    const crowded = [...folders].filter(([, files]) => files.length > 10).map(([folder]) => folder);
    expect([long, crowded]).toEqual([[], []]);
  });
});
