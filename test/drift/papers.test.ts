import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig, settingNames } from '../../lib/config.ts';
import * as keys from '../../lib/redis/keys.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { statementsIn } from '../../scripts/migrate.ts';
import { filesIn, root, textOf } from './sources.ts';

/** What a person reads: it must not speak of things that are not there, or leave out things that are. */
const [architecture, guarantees, model, operations] = [
  'ARCHITECTURE',
  'GUARANTEES',
  'MODEL',
  'OPERATIONS',
].map((name) => textOf(`docs/${name}.md`)) as [string, string, string, string];
const papers = [...filesIn('docs', '.md'), ...(existsSync(join(root, 'README.md')) ? ['README.md'] : [])];

const isThere = (path: string) => existsSync(join(root, path));

/** A section down to the next heading of its level or above. */
const sectionOf = (paper: string, heading: string) => {
  const [, after] = paper.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`there is no section ${heading}`);
  const level = heading.indexOf(' ');
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
};

/** Rows of the tables in a text, as cells without their backticks; headings and rules are left out. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')));
const firstOf = (rows: string[][]) => rows.map(([first = '']) => first);

const pathsIn = (paper: string, folders: string) => [
  ...new Set([...paper.matchAll(new RegExp(`\\b(?:${folders})/[\\w./-]*\\w`, 'g'))].map(([path]) => path)),
];

describe('paths that the papers name exist', () => {
  test.each([
    ['ARCHITECTURE', architecture, 10],
    ['GUARANTEES', guarantees, 15],
  ])('tests in %s', (_name, paper, atLeast) => {
    const named = pathsIn(paper, 'test');
    expect(named.length).toBeGreaterThanOrEqual(atLeast);
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test.each([
    ['ARCHITECTURE', architecture],
    ['GUARANTEES', guarantees],
    ['MODEL', model],
    ['OPERATIONS', operations],
  ])('sources in %s', (_name, paper) => {
    const named = pathsIn(paper, 'lib|handlers|schema|scripts|test');
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test.each(papers)('links in %s', (paper) => {
    const links = [...textOf(paper).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const ours = links.filter((target) => !/^([a-z]+:|#)/.test(target));
    const broken = ours.filter((target) => !isThere(join(dirname(paper), target.replace(/#.*/, ''))));
    expect(broken).toEqual([]);
  });

  test.each(papers)('headings that links in %s lead to', (paper) => {
    /** As GitHub makes them: the second of a name is numbered. */
    const slugsOf = (text: string) => {
      const slugs = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(' ', '-'),
      );
      return slugs.map((slug, i) => {
        const earlier = slugs.slice(0, i).filter((other) => other === slug).length;
        return earlier === 0 ? slug : `${slug}-${earlier}`;
      });
    };
    const links = [...textOf(paper).matchAll(/\]\(([^)\s#:]*\.md)?#([^)\s]+)\)/g)];
    const broken = links.filter(([, file, slug = '']) => {
      const target = file === undefined ? paper : join(dirname(paper), file);
      return isThere(target) && !slugsOf(textOf(target)).includes(slug);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('GUARANTEES', () => {
  test('has every promise from I1 to I15, each with its tests or a word that it is not built', () => {
    const sections = guarantees.split(/^## (?=I\d)/m).slice(1);
    expect(sections.map((section) => section.match(/^I\d+/)?.[0])).toEqual(
      Array.from({ length: 15 }, (_, i) => `I${i + 1}`),
    );
    const empty = sections.filter(
      (section) => !/\*\*Tests\*\* `test\//.test(section) && !/not built yet/i.test(section),
    );
    expect(empty).toEqual([]);
  });
});

describe('OPERATIONS', () => {
  const settings = rowsOf(sectionOf(operations, '## Settings'));

  test('lists exactly the settings that are read', () => {
    expect(firstOf(settings).sort()).toEqual([...settingNames].sort());
  });

  test('knows their defaults', () => {
    const shown = (value: unknown) => {
      if (value === undefined) return '–';
      if (value instanceof Map) return JSON.stringify(Object.fromEntries(value));
      return Array.isArray(value) && typeof value[0] !== 'string' ? JSON.stringify(value) : String(value);
    };
    const defaults = Object.entries(readConfig({})).map(([name, value]) => [name, shown(value)]);
    expect(Object.fromEntries(settings.map(([name, value]) => [name, value]))).toEqual(
      Object.fromEntries(defaults),
    );
  });

  const sources = ['lib', 'handlers'].flatMap((folder) => filesIn(folder, '.ts'));
  const emitting = /\b(?:log\??\.(?:info|warn|error)|report|onSchedule)\(\s*([^,)\s]+)/g;
  const emitted = sources.flatMap((file) =>
    [...textOf(file).matchAll(emitting)].map(([, first = '']) => ({ file, first })),
  );

  test('lists exactly the events that are logged', () => {
    const literals = emitted.flatMap(({ first }) => first.match(/^'([^']+)'$/)?.[1] ?? []);
    const listed = firstOf(rowsOf(sectionOf(operations, '## What to watch')));
    expect(listed.sort()).toEqual([...new Set(literals)].sort());
  });

  test('can know them: elsewhere than in the two that pass it on, an event is a literal', () => {
    const passed = emitted.filter(({ first }) => !first.startsWith("'"));
    const files = new Set(passed.map(({ file }) => file));
    expect([...files].sort()).toEqual(['lib/edge/lambda.ts', 'lib/edge/on-invoke.ts']);
  });
});

describe('MODEL', () => {
  test('has every table, and no other', () => {
    const created = filesIn('schema', '.cql')
      .flatMap((file) => statementsIn(textOf(file)))
      .map((cql) => cql.match(/CREATE TABLE IF NOT EXISTS (\w+)/)?.[1]);
    expect(created.length).toBeGreaterThan(0);
    expect(firstOf(rowsOf(sectionOf(model, '## Cassandra'))).sort()).toEqual(created.sort());
  });

  test('has every key of Redis, and no other', () => {
    const made = [
      ...Object.values(keys.conversationKeys('conversation' as ConversationId)),
      ...Object.values(keys.userKeys('user' as UserId)),
      keys.typingKey('user' as UserId, '<conversation>' as ConversationId),
      ...Object.values(keys.beatKeys('<shard>')),
      keys.rateKey('subject', '<class>'),
      keys.ticketKey('<ticket>'),
      keys.factorKey,
    ].map((key) => (typeof key === 'string' ? key : key('<sender>' as UserId, '<key>')));
    expect(firstOf(rowsOf(sectionOf(model, '## Redis'))).sort()).toEqual(made.sort());
  });
});

describe('decisions', () => {
  const decisions = filesIn('docs/decisions', '.md');

  test('are numbered without gaps, short, and say context, decision and consequences', () => {
    expect(decisions.map((file) => Number(file.match(/(\d{4})-[a-z-]+\.md$/)?.[1]))).toEqual(
      decisions.map((_, i) => i + 1),
    );
    for (const file of decisions) {
      const text = textOf(file);
      expect(text.match(/^## .*$/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
      expect(text.split('\n').length).toBeLessThanOrEqual(45);
    }
  });

  test('name every dependency that ships', () => {
    const { dependencies } = JSON.parse(textOf('package.json'));
    const [paper = ''] = decisions.filter((file) => file.endsWith('-dependencies.md'));
    const named = firstOf(rowsOf(textOf(paper))).map((cell) => cell.split(' ')[0]);
    expect(named.sort()).toEqual(Object.keys(dependencies).sort());
  });
});
