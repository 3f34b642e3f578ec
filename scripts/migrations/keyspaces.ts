import type { Client } from 'cassandra-driver';
import type { Beat } from './lease.ts';
import { until } from './until.ts';

/**
 * What Keyspaces wants otherwise than Cassandra: a table has properties of its own, and is made after the statement
 * was answered.
 * Source: Amazon Keyspaces Developer Guide, "CQL language reference: tables" and "Check table creation status".
 */

/** On demand, restorable to any second of the last 35 days; times to live only where the table has one. */
export const withProperties = (createTable: string): string => {
  const properties = [
    `'capacity_mode': {'throughput_mode': 'PAY_PER_REQUEST'}`,
    `'point_in_time_recovery': {'status': 'enabled'}`,
    ...(/\bdefault_time_to_live\b/.test(createTable) ? [`'ttl': {'status': 'enabled'}`] : []),
  ];
  const joint = /\)\s*WITH\b/.test(createTable) ? 'AND' : 'WITH';
  return `${createTable} ${joint} CUSTOM_PROPERTIES = {${properties.join(', ')}}`;
};

export const tableIn = (createTable: string): string => {
  const [, name] = createTable.match(/^CREATE TABLE IF NOT EXISTS (\w+)/) ?? [];
  if (name === undefined)
    throw new Error('only tables are made in Keyspaces, and only where they are missing');
  return name;
};

export const untilActive = (client: Client, keyspace: string, table: string, beat: Beat): Promise<boolean> =>
  until(
    `the table ${table}`,
    async () => {
      const { rows } = await client.execute(
        'SELECT status FROM system_schema_mcs.tables WHERE keyspace_name = ? AND table_name = ?',
        [keyspace, table],
        { prepare: true },
      );
      return rows[0]?.status === 'ACTIVE';
    },
    beat,
  );

/** A keyspace is listed once it may be used. */
export const untilListed = (client: Client, keyspace: string): Promise<boolean> =>
  until(
    `the keyspace ${keyspace}`,
    async () => {
      const { rows } = await client.execute(
        'SELECT keyspace_name FROM system_schema_mcs.keyspaces WHERE keyspace_name = ?',
        [keyspace],
        { prepare: true },
      );
      return rows.length > 0;
    },
    async () => {},
  );
