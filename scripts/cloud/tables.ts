import { readdirSync, readFileSync } from 'node:fs';
import { statementsIn } from '../migrate.ts';

/** The tables of `schema/*.cql` as CloudFormation makes them in Amazon Keyspaces. */
type Table = {
  name: string;
  columns: Map<string, string>;
  partition: string[];
  clustering: { name: string; order: 'ASC' | 'DESC' }[];
  /** Seconds. */
  timeToLive?: number;
};

const namesIn = (list: string) => list.split(',').map((name) => name.trim());

/** What a `CREATE TABLE` says, of the little CQL that the schema is written in; anything else throws. */
const tableOf = (statement: string): Table => {
  const [, name = '', body = '', , options = ''] =
    statement.match(/^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\)( WITH (.*))?$/s) ?? [];
  const lines = body.split('\n').map((line) => line.trim().replace(/,$/, ''));
  const columns = new Map<string, string>();
  let key: string[] = [];
  for (const line of lines) {
    const [, partition, rest] = line.match(/^PRIMARY KEY \(\(([^)]*)\)(?:, (.*))?\)$/) ?? [];
    const [, column = '', type = '', alone] = line.match(/^(\w+) (\w+)( PRIMARY KEY)?$/) ?? [];
    if (partition !== undefined) key = [partition, ...(rest ? namesIn(rest) : [])];
    else if (column !== '') columns.set(column, type);
    else throw new Error(`unable to read this line of ${name || 'a table'}: ${line}`);
    if (alone) key = [column];
  }
  const [partition = '', ...clustering] = key;
  const descending = namesIn(options.match(/CLUSTERING ORDER BY \(([^)]*)\)/)?.[1] ?? '');
  const seconds = options.match(/default_time_to_live = (\d+)/)?.[1];
  if (name === '' || partition === '') throw new Error(`unable to read this table: ${statement}`);
  return {
    name,
    columns,
    partition: namesIn(partition),
    clustering: clustering.map((column) => ({
      name: column,
      order: descending.includes(`${column} DESC`) ? 'DESC' : 'ASC',
    })),
    ...(seconds !== undefined && { timeToLive: Number(seconds) }),
  };
};

const schema = new URL('../../schema/', import.meta.url);

export const readTables = (): Table[] =>
  readdirSync(schema)
    .filter((file) => file.endsWith('.cql'))
    .sort()
    .flatMap((file) => statementsIn(readFileSync(new URL(file, schema), 'utf8')).map(tableOf));

const logicalIdOf = (name: string) =>
  `${name
    .split('_')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')}Table`;

/** What is kept when the stack goes, unless it was deployed with `--param data=Delete`. */
const keeping = { DeletionPolicy: `\${param:data}`, UpdateReplacePolicy: 'Retain' };

const resourceOf = ({ name, columns, partition, clustering, timeToLive }: Table) => {
  const column = (of: string) => ({ ColumnName: of, ColumnType: columns.get(of) });
  const keys = new Set([...partition, ...clustering.map((one) => one.name)]);
  const regular = [...columns.keys()].filter((one) => !keys.has(one));
  return {
    Type: 'AWS::Cassandra::Table',
    ...keeping,
    Properties: {
      KeyspaceName: { Ref: 'Keyspace' },
      TableName: name,
      PartitionKeyColumns: partition.map(column),
      ...(clustering.length > 0 && {
        ClusteringKeyColumns: clustering.map((one) => ({ Column: column(one.name), OrderBy: one.order })),
      }),
      ...(regular.length > 0 && { RegularColumns: regular.map(column) }),
      ...(timeToLive !== undefined && { DefaultTimeToLive: timeToLive }),
      BillingMode: { Mode: 'ON_DEMAND' },
      PointInTimeRecoveryEnabled: true,
      EncryptionSpecification: { EncryptionType: 'AWS_OWNED_KMS_KEY' },
    },
  };
};

export const keyspaceTemplate = (tables = readTables()) => ({
  Resources: {
    Keyspace: {
      Type: 'AWS::Cassandra::Keyspace',
      ...keeping,
      Properties: {
        KeyspaceName: `\${self:custom.keyspace}`,
        ReplicationSpecification: { ReplicationStrategy: 'SINGLE_REGION' },
      },
    },
    ...Object.fromEntries(tables.map((table) => [logicalIdOf(table.name), resourceOf(table)])),
  },
});
