import { describe, expect, test } from '@jest/globals';
import { statementsIn } from '../../scripts/migrate.ts';
import { filesIn, textOf } from './sources.ts';

/** What Amazon Keyspaces lacks, or this product forbids itself: design of the tables, docs/MODEL.md. */
const forbidden: [string, RegExp][] = [
  ['a secondary index', /\bCREATE\s+(CUSTOM\s+)?INDEX\b/i],
  ['a materialized view', /\bMATERIALIZED\s+VIEW\b/i],
  ['a counter', /\bcounter\b/i],
  ['a static column', /\bSTATIC\b/i],
  ['a user-defined type', /\bCREATE\s+TYPE\b|\bfrozen\s*</i],
  ['a trigger or function', /\bCREATE\s+(TRIGGER|FUNCTION|AGGREGATE)\b/i],
  ['an aggregate', /\b(COUNT|MIN|MAX|SUM|AVG)\s*\(/i],
  ['TRUNCATE', /\bTRUNCATE\b/i],
  ['ALLOW FILTERING', /\bALLOW\s+FILTERING\b/i],
  ['PER PARTITION LIMIT', /\bPER\s+PARTITION\s+LIMIT\b/i],
  ['a batch', /\bBATCH\b/i],
  ['an IN list', /\bIN\s*\(/i],
  ['a null', /\bNULL\b/i],
  ['a write time of its own', /\bWRITETIME\b|\bUSING\s+TIMESTAMP\b/i],
];

type Statement = { file: string; cql: string };

const ofSchema = filesIn('schema', '.cql').flatMap((file) =>
  statementsIn(textOf(file)).map((cql): Statement => ({ file, cql })),
);
const ofCode = filesIn('lib', 'cassandra.ts').flatMap((file) =>
  [...textOf(file).matchAll(/[`']\s*((?:SELECT|INSERT|UPDATE|DELETE)\b[^`']*)[`']/g)].map(
    ([, cql = '']): Statement => ({ file, cql: cql.replace(/\s+/g, ' ') }),
  ),
);

const tables = new Map(
  ofSchema.map(({ cql }) => {
    const [, name = ''] = cql.match(/CREATE TABLE IF NOT EXISTS (\w+)/) ?? [];
    const columns = [...cql.matchAll(/^\s*(\w+) (?:text|int|bigint|blob|boolean|timestamp)\b/gm)].map(
      ([, column]) => column,
    );
    return [name, new Set(columns)] as const;
  }),
);

const tableOf = ({ cql }: Statement) => cql.match(/(?:FROM|INTO|UPDATE) (\w+)/)?.[1] ?? '';

describe('every statement runs on Cassandra and on Keyspaces', () => {
  test('there are statements to look at', () => {
    expect(ofSchema.length).toBeGreaterThanOrEqual(9);
    expect(ofCode.length).toBeGreaterThanOrEqual(25);
  });

  test.each(forbidden)('none has %s', (_what, pattern) => {
    expect([...ofSchema, ...ofCode].filter(({ cql }) => pattern.test(cql))).toEqual([]);
  });

  test('the schema only creates tables, and may be applied again', () => {
    expect(ofSchema.filter(({ cql }) => !cql.startsWith('CREATE TABLE IF NOT EXISTS '))).toEqual([]);
  });

  test('every statement names a table and columns that exist', () => {
    const wrong = ofCode.filter((statement) => {
      const columns = tables.get(tableOf(statement));
      const named = [
        ...(statement.cql.match(/SELECT (.*?) FROM/)?.[1]?.split(', ') ?? []),
        ...(statement.cql.match(/INTO \w+ \((.*?)\)/)?.[1]?.split(', ') ?? []),
        ...[...statement.cql.matchAll(/(\w+) (?:=|<=|>=|<|>) \?/g)].map(([, column]) => column ?? ''),
      ].filter((column) => !column.startsWith('$'));
      return !columns || named.some((column) => !columns.has(column));
    });
    expect(wrong).toEqual([]);
  });

  test('every value is bound', () => {
    const loose = ofCode.filter(({ cql }) => /\$\{(?!columns\})|= '|VALUES \([^)]*'/.test(cql));
    expect(loose).toEqual([]);
  });

  test('a read names its partition', () => {
    const reads = ofCode.filter(({ cql }) => cql.startsWith('SELECT'));
    expect(reads.filter(({ cql }) => !/WHERE \w+ = \?/.test(cql))).toEqual([]);
  });

  test('a column that is written conditionally is written so everywhere', () => {
    const writes = ofCode.filter(({ cql }) => /^(INSERT|UPDATE)/.test(cql));
    const columnsOf = ({ cql }: Statement) => [
      ...(cql.match(/INTO \w+ \((.*?)\)/)?.[1]?.split(', ') ?? []),
      ...(cql.match(/SET (.*?) WHERE/)?.[1]?.split(', ') ?? []).map((set) => set.split(' ')[0] ?? ''),
    ];
    const namesOf = (some: Statement[]) =>
      some.flatMap((one) => columnsOf(one).map((column) => `${tableOf(one)}.${column}`));
    const isKey = (name: string) =>
      /\.(conversation_id|user_id|bucket|seq|name|month|device_id|hour|shard|kind)$/.test(name);
    const conditional = new Set(namesOf(writes.filter(({ cql }) => / IF /.test(cql))));
    const plain = namesOf(writes.filter(({ cql }) => !/ IF /.test(cql)));
    expect(plain.filter((name) => conditional.has(name) && !isKey(name))).toEqual([]);
  });
});
