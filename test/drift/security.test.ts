import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { costPaper } from '../../cost/paper.ts';
import { licencePaper, pagePackages, shipped } from '../../scripts/licences.ts';
import { filesIn, importsOf, root, textOf } from './sources.ts';

const security = textOf('docs/SECURITY.md');
const sections = security.split(/^## /m).slice(1);
const headingOf = (section: string) => section.split('\n')[0] ?? '';

describe('SECURITY', () => {
  const named = [...security.matchAll(/`(test\/[^`]+\.ts)`: "([^"]+)"/g)].map(
    ([, file = '', words = '']) => [file, words] as const,
  );

  test.each(named)('%s has a test that says: %s', (file, words) => {
    expect(existsSync(join(root, file))).toBe(true);
    const titles = textOf(file).match(/['"`][^\n]*['"`]/g) ?? [];
    expect(titles.some((title) => title.includes(words))).toBe(true);
  });

  test('shows a test for each threat', () => {
    const threats = sections.filter((section) => /^_[A-Z]/m.test(section));
    expect(threats.map(headingOf)).toEqual([
      'Origin',
      'Theft of a token',
      'Replayed tickets',
      'Enumeration of users and conversations',
      'Ids of others',
      'Floods',
      'Malformed input',
      'Poisoned cursors',
      'Prototype pollution',
      'Log injection, and leaks into logs',
      'Server-side requests',
      'A function that somebody has taken over',
      'Ears between the parts',
      'Dependencies',
    ]);
    expect(threats.filter((section) => !/`test\/[^`]+`: "/.test(section)).map(headingOf)).toEqual([]);
  });

  test('names no file that is not there', () => {
    const files = [...security.matchAll(/`((?:test|lib|docs|scripts)\/[^`]+)`/g)].map(
      ([, file = '']) => file,
    );
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('the server', () => {
  test('asks no address but in the files that SECURITY names, and through drivers', () => {
    const sources = ['lib', 'handlers'].flatMap((folder) => filesIn(folder, '.ts'));
    const opens = (file: string) =>
      /\bfetch\(/.test(textOf(file)) ||
      importsOf(file).some(
        ({ to, isType }) => !isType && /^node:(https?|http2|net|tls|dgram|dns)\b/.test(to),
      );
    const section = sections.find((one) => headingOf(one) === 'Server-side requests') ?? '';
    const listed = [...section.matchAll(/`(lib\/[^`]+\.ts)`/g)].map(([, file = '']) => file);
    expect(sources.filter(opens).toSorted()).toEqual(listed.toSorted());
  });
});

describe('what ships', () => {
  test('versions are exact', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
    const loose = Object.entries<string>({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('all that ships is locked by its hash', () => {
    expect(shipped().filter(({ isLocked }) => !isLocked)).toEqual([]);
  });

  test('all that ships has a licence that allows it', () => {
    const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];
    expect(shipped().filter(({ licence }) => !allowed.includes(licence))).toEqual([]);
  });

  test('is in the list of licences', () => {
    expect(textOf('docs/LICENCES.md')).toBe(licencePaper());
  });

  test('in the page is what the page imports', () => {
    const pages = existsSync(join(root, 'web'))
      ? ['.ts', '.tsx'].flatMap((ending) => filesIn('web', ending)).flatMap(importsOf)
      : [];
    const packages = pages.filter(
      ({ to, isType }) =>
        !isType && /^[@a-z]/.test(to) && !/^(web|client|@parley\/client|schema|node:)/.test(to),
    );
    const names = packages.map(({ to }) => to.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? '');
    expect([...new Set(names)].filter((name) => !pagePackages.includes(name))).toEqual([]);
  });
});

test('COST is what the command says', () => {
  expect(textOf('docs/COST.md')).toBe(costPaper());
});
