import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Redis } from 'ioredis';
import { buildHandlers } from '../build.ts';
import { readTables } from './tables.ts';

/** What each bundle holds, and what its function must therefore be allowed: the source of the roles. */
export type Access = {
  /** Keeps to Redis, and so runs in the network. */
  redis: boolean;
  /** Posts to connections, or closes them. */
  posts: boolean;
  /** Puts posts into the queue. */
  queues: boolean;
  /** Signs, verifies or seals with the keys. */
  keys: boolean;
  /** Tables it reads. A conditional write reads too. */
  reads: string[];
  writes: string[];
};

const root = join(import.meta.dirname, '../..');

/** The statements in a piece of code, however the bundler wrote them. */
export const statementsOf = (code: string): string[] =>
  [...code.matchAll(/[`'"]\s*((?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^`'"]*)/g)].map(
    ([, statement = '']) => statement,
  );

const tables = new Set(readTables().map(({ name }) => name));
const tableIn = (statement: string) => statement.match(/\b(?:FROM|INTO|UPDATE)\s+(\w+)/)?.[1] ?? '';
const namesOf = (statements: string[]) =>
  [...new Set(statements.map(tableIn))].filter((name) => tables.has(name)).sort();

/** Every function's access, by the name of its bundle. */
export const readAccess = async (): Promise<Record<string, Access>> => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-access-'));
  try {
    const { metafile } = await buildHandlers(directory);
    const found = Object.entries(metafile.outputs).map(([path, { inputs }]): [string, Access] => {
      const held = new Set(
        Object.entries(inputs).flatMap(([input, { bytesInOutput }]) =>
          bytesInOutput > 0 ? relative(root, join(process.cwd(), input)) : [],
        ),
      );
      const output = join(process.cwd(), path);
      const statements = statementsOf(readFileSync(output, 'utf8'));
      const reading = statements.filter((one) => one.startsWith('SELECT') || / IF /.test(one));
      return [
        relative(directory, output).replace(/\.cjs$/, ''),
        {
          redis: held.has('lib/redis/client.ts'),
          posts: held.has('lib/gateway/poster.ts'),
          queues: held.has('lib/queue/sqs.ts'),
          keys: held.has('lib/tokens/tokens.ts') || held.has('lib/tokens/cursors.ts'),
          reads: namesOf(reading),
          writes: namesOf(statements.filter((one) => !one.startsWith('SELECT'))),
        },
      ];
    });
    return Object.fromEntries(found.sort(([a], [b]) => a.localeCompare(b)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** What ioredis asks on its own of a cluster. */
const ofTheClient = ['cluster|info', 'cluster|slots'];

const sourcesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));

/** Every command of the scripts and of the client, and no other. */
const redisCommands = (): string[] => {
  const inScripts = sourcesIn('lib', '.lua').flatMap((text) =>
    [...text.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase()),
  );
  const known = new Set(Redis.prototype.getBuiltinCommands());
  const client = readFileSync(join(root, 'lib/redis/client.ts'), 'utf8');
  const inClient = [...client.matchAll(/\.(\w+)\(/g)]
    .map(([, name = '']) => name)
    .filter((name) => known.has(name));
  return [...new Set([...inScripts, ...inClient, ...ofTheClient])].sort();
};

/** As Redis and ElastiCache write what a user may do. */
export const redisAccess = (): string =>
  `on ~* resetchannels -@all ${redisCommands()
    .map((name) => `+${name}`)
    .join(' ')}`;
