import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Client, errors, types } from 'cassandra-driver';
import { type Access, accessOptions, levelsOf, policiesOf } from '../lib/cassandra/access.ts';
import { config } from '../lib/config.ts';
import { accessBy } from '../lib/platform.ts';
import { tableIn, untilActive, untilListed, withProperties } from './migrations/keyspaces.ts';
import { type Beat, leased, leaseTable } from './migrations/lease.ts';
import { until } from './migrations/until.ts';

/**
 * Applies `schema/*.cql` in order, one runner at a time: waits until each statement has taken effect, records what it
 * applied, and refuses a file that was changed after it was.
 */
const directory = new URL('../schema/', import.meta.url);

const checksumOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Statements end with a semicolon at the end of a line; comments take whole lines. */
export const statementsIn = (text: string): string[] =>
  text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

const isKeyspaces = ({ service }: Access) => service === 'keyspaces';

const connect = (target: Access, keyspace?: string) => {
  const { protocolOptions, ...access } = accessOptions(target);
  return new Client({
    ...access,
    ...(keyspace && { keyspace }),
    socketOptions: { readTimeout: 30_000 },
    protocolOptions: { ...protocolOptions, maxSchemaAgreementWaitSeconds: 30 },
    queryOptions: levelsOf(target),
    policies: policiesOf(target),
  });
};

/** Returns when every node knows of it. */
const applyToCassandra = async (client: Client, statement: string) => {
  const { info } = await client.execute(statement);
  // The driver waits for agreement after a statement that changes the schema; its types forget that it says so.
  if (!(info as { isSchemaInAgreement?: boolean }).isSchemaInAgreement)
    throw new Error('the nodes did not agree on the schema in time; run it again');
};

const apply = async (client: Client, target: Access, statement: string, beat: Beat) => {
  if (!isKeyspaces(target)) return applyToCassandra(client, statement);
  const table = tableIn(statement);
  await client.execute(withProperties(statement));
  await untilActive(client, target.keyspace, table, beat);
};

const createKeyspace = async (target: Access) => {
  const client = connect(target);
  try {
    const { rows } = await client.execute(
      'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
      [target.keyspace],
      { prepare: true, consistency: types.consistencies.localOne },
    );
    if (rows.length > 0) return;
    const create = `CREATE KEYSPACE IF NOT EXISTS ${target.keyspace} WITH replication =`;
    if (isKeyspaces(target)) {
      await client.execute(`${create} {'class': 'SingleRegionStrategy'}`);
      await untilListed(client, target.keyspace);
    } else {
      await applyToCassandra(
        client,
        `${create} {'class': 'NetworkTopologyStrategy', '${target.dataCentre}': 1}`,
      );
    }
  } finally {
    await client.shutdown();
  }
};

const alone: Beat = async () => {};

/** A keyspace that another runner makes in this moment is listed a little before it may be used. */
const enter = (target: Access): Promise<Client> =>
  until(
    `the keyspace ${target.keyspace}`,
    async () => {
      const client = connect(target, target.keyspace);
      try {
        await client.connect();
        return client;
      } catch (error) {
        await client.shutdown();
        const { invalid } = types.responseErrorCodes;
        if (error instanceof errors.ResponseError && error.code === invalid) return false;
        throw error;
      }
    },
    alone,
  );

/** Names of the files that were applied now. */
export const migrate = async (target: Access, files = readFiles()): Promise<string[]> => {
  await createKeyspace(target);
  const client = await enter(target);
  try {
    const applied =
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text, applied_at timestamp)';
    for (const table of [applied, leaseTable]) await apply(client, target, table, alone);
    return await leased(client, (beat) => applyAll(client, target, files, beat));
  } finally {
    await client.shutdown();
  }
};

const readFiles = (): [string, string][] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.cql'))
    .sort()
    .map((file) => [file, readFileSync(new URL(file, directory), 'utf8')]);

const applyAll = async (client: Client, target: Access, files: [string, string][], beat: Beat) => {
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
    for (const statement of statementsIn(text)) {
      await apply(client, target, statement, beat);
      await beat();
    }
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
  const applied = await migrate(accessBy(config()));
  console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
}
