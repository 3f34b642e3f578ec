import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { auth, Client, types } from 'cassandra-driver';
import { config } from '../lib/config.ts';

/**
 * Applies `schema/*.cql` in order, one runner at a time: waits for schema agreement after each statement, records
 * what it applied, and refuses a file that was changed after it was.
 */
export type Target = {
  contactPoints: string[];
  port: number;
  dataCentre: string;
  keyspace: string;
  credentials?: { user: string; password: string };
  tlsServerName?: string;
};

const directory = new URL('../schema/', import.meta.url);
const lockSeconds = 120;

const checksumOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Statements end with a semicolon at the end of a line; comments take whole lines. */
export const statementsIn = (text: string): string[] =>
  text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

const connect = (target: Target, keyspace?: string) =>
  new Client({
    contactPoints: target.contactPoints.map((point) => `${point}:${target.port}`),
    localDataCenter: target.dataCentre,
    ...(keyspace && { keyspace }),
    ...(target.credentials && {
      authProvider: new auth.PlainTextAuthProvider(target.credentials.user, target.credentials.password),
    }),
    ...(target.tlsServerName && {
      sslOptions: { servername: target.tlsServerName, rejectUnauthorized: true },
    }),
    socketOptions: { readTimeout: 30_000 },
    protocolOptions: { maxSchemaAgreementWaitSeconds: 30 },
    queryOptions: {
      consistency: types.consistencies.localQuorum,
      serialConsistency: types.consistencies.localSerial,
    },
  });

const apply = async (client: Client, statement: string) => {
  const { info } = await client.execute(statement);
  // The driver waits for agreement after a statement that changes the schema; its types forget that it says so.
  if (!(info as { isSchemaInAgreement?: boolean }).isSchemaInAgreement)
    throw new Error('the nodes did not agree on the schema in time; run it again');
};

/** In Keyspaces the keyspace is made beforehand, with the account's settings. */
const createKeyspace = async (target: Target) => {
  const client = connect(target);
  try {
    const { rows } = await client.execute(
      'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
      [target.keyspace],
      { prepare: true, consistency: types.consistencies.localOne },
    );
    if (rows.length > 0) return;
    await apply(
      client,
      `CREATE KEYSPACE IF NOT EXISTS ${target.keyspace} WITH replication =
        {'class': 'NetworkTopologyStrategy', '${target.dataCentre}': 1}`,
    );
  } finally {
    await client.shutdown();
  }
};

const locked = async <T>(client: Client, work: () => Promise<T>): Promise<T> => {
  const holder = `${hostname()} ${process.pid} ${Date.now()}`;
  const deadline = Date.now() + lockSeconds * 1_000;
  const take = () =>
    client.execute(
      `INSERT INTO migration_lock (name, holder) VALUES ('schema', ?) IF NOT EXISTS USING TTL ${lockSeconds}`,
      [holder],
      { prepare: true },
    );
  while (!(await take()).wasApplied()) {
    if (Date.now() > deadline) throw new Error('another migration holds the lock and does not end');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await work();
  } finally {
    await client.execute(`DELETE FROM migration_lock WHERE name = 'schema' IF holder = ?`, [holder], {
      prepare: true,
    });
  }
};

/** Names of the files that were applied now. */
export const migrate = async (target: Target, files = readFiles()): Promise<string[]> => {
  await createKeyspace(target);
  const client = connect(target, target.keyspace);
  try {
    await apply(
      client,
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text, applied_at timestamp)',
    );
    await apply(client, 'CREATE TABLE IF NOT EXISTS migration_lock (name text PRIMARY KEY, holder text)');
    return await locked(client, () => applyAll(client, files));
  } finally {
    await client.shutdown();
  }
};

const readFiles = (): [string, string][] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.cql'))
    .sort()
    .map((file) => [file, readFileSync(new URL(file, directory), 'utf8')]);

const applyAll = async (client: Client, files: [string, string][]) => {
  const { rows } = await client.execute('SELECT name, checksum FROM migrations');
  const known = new Map(rows.map((row) => [row.name as string, row.checksum as string]));
  const applied: string[] = [];
  for (const [name, text] of files) {
    const checksum = checksumOf(text);
    const before = known.get(name);
    if (before !== undefined && before !== checksum) {
      throw new Error(`${name} was changed after it was applied; put the change into a new file`);
    }
    if (before !== undefined) continue;
    for (const statement of statementsIn(text)) await apply(client, statement);
    await client.execute(
      'INSERT INTO migrations (name, checksum, applied_at) VALUES (?, ?, ?)',
      [name, checksum, new Date()],
      { prepare: true },
    );
    applied.push(name);
  }
  return applied;
};

if (import.meta.main) {
  const { PARLEY_CASSANDRA_USER: user, PARLEY_CASSANDRA_PASSWORD: password = '' } = config();
  const tlsServerName = config().PARLEY_CASSANDRA_TLS_SERVER_NAME;
  const applied = await migrate({
    contactPoints: config().PARLEY_CASSANDRA_CONTACT_POINTS,
    port: config().PARLEY_CASSANDRA_PORT,
    dataCentre: config().PARLEY_CASSANDRA_DATA_CENTRE,
    keyspace: config().PARLEY_CASSANDRA_KEYSPACE,
    ...(user !== undefined && { credentials: { user, password } }),
    ...(tlsServerName !== undefined && { tlsServerName }),
  });
  console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
}
