import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { realCassandra } from '../support/real.ts';

/** The tables that CloudFormation makes in Keyspaces are those that the CQL has made in this run's Cassandra. */
type Column = { ColumnName: string; ColumnType: string };
type Table = {
  Type: string;
  Properties: {
    TableName: string;
    PartitionKeyColumns: Column[];
    ClusteringKeyColumns?: { Column: Column; OrderBy: string }[];
    RegularColumns?: Column[];
    DefaultTimeToLive?: number;
  };
};

const file = join(import.meta.dirname, '../../cloud/tables.gen.yml');
const { Resources } = parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Table> };
const tables = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Cassandra::Table');

const cassandra = realCassandra();
afterAll(() => cassandra.close());

const inTemplate = ({ Properties }: Table) =>
  [
    ...Properties.PartitionKeyColumns.map((one, i) => [one, 'partition_key', i, 'none'] as const),
    ...(Properties.ClusteringKeyColumns ?? []).map(
      ({ Column, OrderBy }, i) => [Column, 'clustering', i, OrderBy.toLowerCase()] as const,
    ),
    ...(Properties.RegularColumns ?? []).map((one) => [one, 'regular', -1, 'none'] as const),
  ]
    .map(
      ([{ ColumnName, ColumnType }, kind, position, order]) =>
        `${ColumnName} ${ColumnType} ${kind} ${position} ${order}`,
    )
    .sort();

describe('the tables of the template', () => {
  test('are all that there are, but for what migrations note for themselves', async () => {
    const rows = await cassandra.readAll(
      'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?',
      ['parley'],
    );
    const made = rows.map((row) => String(row.table_name)).filter((name) => !name.startsWith('migration'));
    expect(tables.map(({ Properties }) => Properties.TableName).sort()).toEqual(made.sort());
  });

  test.each(tables.map((table): [string, Table] => [table.Properties.TableName, table]))(
    '%s has the columns, the key, the order and the time to live of the CQL',
    async (name, table) => {
      const columns = await cassandra.readAll(
        'SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
        ['parley', name],
      );
      expect(inTemplate(table)).toEqual(
        columns
          .map((row) => `${row.column_name} ${row.type} ${row.kind} ${row.position} ${row.clustering_order}`)
          .sort(),
      );
      const [options] = await cassandra.read(
        'SELECT default_time_to_live FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?',
        ['parley', name],
      );
      expect(table.Properties.DefaultTimeToLive ?? 0).toBe(options?.default_time_to_live);
    },
  );
});
