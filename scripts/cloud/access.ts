import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { type Methods, methodsIn } from './methods.ts';
import { readTables } from './tables.ts';

/** What each function does, and must therefore be allowed: the source of the roles. */
export type Access = {
  /** Keeps to Redis, and so runs in the network. */
  redis: boolean;
  /** Posts to connections, or closes them. */
  posts: boolean;
  /** Puts posts into the queue. */
  queues: boolean;
  /** Signs, verifies or seals with the keys. */
  keys: boolean;
  /** Tables of which it calls a method that reads, or writes. */
  reads: string[];
  writes: string[];
};

const root = join(import.meta.dirname, '../..');
const tables = new Set(readTables().map(({ name }) => name));
const tableIn = (statement: string) => statement.match(/\b(?:FROM|INTO|UPDATE)\s+(\w+)/)?.[1] ?? '';
const namesOf = (statements: string[]) =>
  [...new Set(statements.map(tableIn))].filter((name) => tables.has(name)).sort();

/** A conditional write reads too. */
export const rightsOf = (statements: string[]): Pick<Access, 'reads' | 'writes'> => ({
  reads: namesOf(statements.filter((one) => one.startsWith('SELECT') || / IF /.test(one))),
  writes: namesOf(statements.filter((one) => !one.startsWith('SELECT'))),
});

/** The ports that ask Cassandra, by the names that lib/live.ts gives them. */
const ports = (): Record<string, Methods> => {
  const changes = methodsIn('lib/members/changes-cassandra.ts', 'cassandraMemberships');
  const cassandraChanges = methodsIn('lib/messages/changes-cassandra.ts', 'cassandraChanges');
  const stored = methodsIn('lib/receipts/cassandra.ts', 'cassandraReceipts');
  return {
    members: methodsIn('lib/members/cassandra.ts', 'cassandraMembers', { changes }),
    messages: methodsIn('lib/messages/cassandra.ts', 'cassandraMessages', { cassandraChanges }),
    receipts: methodsIn('lib/receipts/redis.ts', 'redisReceipts', { stored }),
    seen: methodsIn('lib/seen/cassandra.ts', 'cassandraSeen'),
    unannounced: methodsIn('lib/unannounced/cassandra.ts', 'cassandraUnannounced'),
    users: methodsIn('lib/users/cassandra.ts', 'cassandraUsers'),
  };
};

/** A port by its own name, and by those that are given to it: `{ users: port }`. */
const calledIn = (code: string, port: string): string => {
  const given = [...code.matchAll(new RegExp(`\\b${port}: (\\w+)\\b(?![.(])`, 'g'))].map(
    ([, name = '']) => name,
  );
  return [...new Set([port, ...given])].join('|');
};

/** What the code of a handler, with all that it imports of ours, may ask of Cassandra: the methods that it calls. */
const askedBy = (code: string, of: Record<string, Methods>): string[] =>
  Object.entries(of).flatMap(([port, methods]) => {
    const called = calledIn(code, port);
    return [...methods]
      .filter(([method]) => new RegExp(`\\b(?:${called})\\d*\\.${method}\\b`).test(code))
      .flatMap(([, statements]) => [...statements]);
  });

/** Every function's access, by the name of its bundle. */
export const readAccess = async (): Promise<Record<string, Access>> => {
  const handlers = readdirSync(join(root, 'handlers')).sort();
  const of = ports();
  const found = handlers.map(async (file): Promise<[string, Access]> => {
    const { metafile, outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [`handlers/${file}`],
      bundle: true,
      packages: 'external',
      platform: 'node',
      loader: { '.lua': 'text' },
      metafile: true,
      write: false,
      outdir: 'dist',
    });
    const [output] = Object.values(metafile.outputs);
    const held = new Set(
      Object.entries(output?.inputs ?? {}).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? input : [],
      ),
    );
    return [
      basename(file, '.ts'),
      {
        redis: held.has('lib/redis/client.ts'),
        posts: held.has('lib/gateway/poster.ts'),
        queues: held.has('lib/queue/sqs.ts'),
        keys: held.has('lib/tokens/tokens.ts') || held.has('lib/tokens/cursors.ts'),
        ...rightsOf(askedBy(outputFiles[0]?.text ?? '', of)),
      },
    ];
  });
  return Object.fromEntries(await Promise.all(found));
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
