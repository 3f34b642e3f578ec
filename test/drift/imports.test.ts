import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { filesIn, type Import, importsOf, textOf } from './sources.ts';

const sources = ['handlers', 'lib', 'schema'].flatMap((folder) => filesIn(folder, '.ts'));
const imports = sources.flatMap(importsOf);
const isOurs = ({ to }: Import) => /^(handlers|lib|schema|test|scripts|bench)\//.test(to);
const said = (found: Import[]) => found.map(({ from, to }) => `${from} imports ${to}`);

/** Which files may import a package. */
const owners: [string, RegExp][] = [
  ['ioredis', /^lib\/redis\/client\.ts$/],
  ['cassandra-driver', /^lib\/cassandra\//],
  ['@aws-sdk/client-apigatewaymanagementapi', /^lib\/gateway\/sdk\.ts$/],
  ['@middy/core', /^lib\/edge\//],
  ['jose', /^lib\/tokens\//],
  ['zod/mini', /^(schema|lib\/edge|handlers)\//],
  ['aws-lambda', /^lib\/edge\//],
];

describe('imports point one way', () => {
  test('the schema imports nothing of ours', () => {
    const out = imports.filter(({ from, to }) => from.startsWith('schema/') && isOurs({ to } as Import));
    expect(said(out.filter(({ to }) => !to.startsWith('schema/')))).toEqual([]);
  });

  test('a package is imported by its owner only, and every package has one', () => {
    const packages = imports.filter((one) => !isOurs(one) && !one.to.startsWith('node:'));
    const allowed = ({ from, to }: Import) => owners.some(([name, files]) => name === to && files.test(from));
    expect(said(packages.filter((one) => !allowed(one)))).toEqual([]);
  });

  test('actions and entries know ports by type, and no edge', () => {
    const inner = imports.filter(({ from }) => /^lib\/(actions|entries|changes|reading)\//.test(from));
    const outer = inner.filter(({ to }) =>
      /\/(redis|cassandra|memory|poster|sdk|client)\.ts$|^lib\/(edge|live|config|platform)/.test(to),
    );
    expect(said(outer)).toEqual([]);
  });

  test('entries do not know actions', () => {
    const up = imports.filter(
      ({ from, to }) => /^lib\/(entries|changes|reading)\//.test(from) && to.startsWith('lib/actions/'),
    );
    expect(said(up)).toEqual([]);
  });

  test('only handlers import what is live', () => {
    const live = imports.filter(({ from, to }) => to.startsWith('lib/live') && !from.startsWith('handlers/'));
    expect(said(live)).toEqual([]);
  });

  test('adapters are chosen in live.ts alone, and ports never import one', () => {
    const isAdapter = (file: string) => /^lib\/\w+\/(redis|cassandra|memory|poster|sdk)\.ts$/.test(file);
    const choosing = imports.filter(({ from, to, isType }) => isAdapter(to) && !isType && !isAdapter(from));
    expect(said(choosing.filter(({ from }) => !/^lib\/(live|live-memory|platform)\.ts$/.test(from)))).toEqual(
      [],
    );
  });

  test('the environment is read in config.ts alone', () => {
    const readers = sources.filter((file) => textOf(file).includes('process.env'));
    expect(readers).toEqual(['lib/config.ts']);
  });

  test('time and chance are given to actions and entries', () => {
    const taken = /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|setTimeout/;
    const takers = sources.filter(
      (file) => /^lib\/(actions|entries|changes|reading)\//.test(file) && taken.test(textOf(file)),
    );
    expect(takers).toEqual([]);
  });

  test('there are no cycles', () => {
    const graph = new Map(
      sources.map((file) => [
        file,
        importsOf(file)
          .filter(isOurs)
          .map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const cycleFrom = (file: string, path: string[]): string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const next of graph.get(file) ?? []) {
        const cycle = cycleFrom(next, [...path, file]);
        if (cycle) return cycle;
      }
      done.add(file);
      return undefined;
    };
    expect(sources.map((file) => cycleFrom(file, [])).find(Boolean)).toBeUndefined();
  });
});

describe('the house stays small', () => {
  const all = [...sources, ...['scripts', 'test', 'bench'].flatMap((folder) => filesIn(folder, '.ts'))];

  test('no file of the product is over 200 lines', () => {
    const long = [...sources, ...filesIn('scripts', '.ts')].filter(
      (file) => textOf(file).split('\n').length > 201,
    );
    expect(long).toEqual([]);
  });

  test('no folder is over ten files', () => {
    const folders = Map.groupBy(sources, dirname);
    const crowded = [...folders].filter(
      ([folder, files]) => files.length > 10 && !/^(handlers|lib)$/.test(folder),
    );
    expect(crowded.map(([folder]) => folder)).toEqual([]);
  });

  test('no file has a name that anything fits into', () => {
    const vague = /^(utils?|helpers?|common|manager|service|misc|data|info|impl|index)\b/;
    expect(all.filter((file) => vague.test(basename(file)))).toEqual([]);
  });
});
