import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'cassandra-driver';
import type { Access } from '../../lib/cassandra/access.ts';
import { migrate } from '../../scripts/migrate.ts';
import { leased, leaseTable } from '../../scripts/migrations/lease.ts';

const target: Access = {
  contactPoints: ['127.0.0.1'],
  port: Number(process.env.PARLEY_CASSANDRA_PORT),
  dataCentre: 'datacenter1',
  keyspace: 'migrated',
};
const files: [string, string][] = [
  ['001.cql', 'CREATE TABLE IF NOT EXISTS one (id text PRIMARY KEY);'],
  ['002.cql', 'CREATE TABLE IF NOT EXISTS two (id text PRIMARY KEY);'],
];

test('migrations that begin together apply each file once', async () => {
  const applied = await Promise.all([migrate(target, files), migrate(target, files)]);
  expect(applied.flat().sort()).toEqual(['001.cql', '002.cql']);
  expect(await migrate(target, files)).toEqual([]);
}, 60_000);

test('a file that was changed is refused, and the turn is given back', async () => {
  await migrate(target, files);
  const changed: [string, string][] = [
    ['001.cql', 'CREATE TABLE IF NOT EXISTS other (id text PRIMARY KEY);'],
  ];
  await expect(migrate(target, changed)).rejects.toThrow('001.cql was changed');
  expect(await migrate(target, files)).toEqual([]);
}, 60_000);

describe('a turn', () => {
  const { contactPoints, port, dataCentre: localDataCenter } = target;
  const client = new Client({
    contactPoints,
    protocolOptions: { port },
    localDataCenter,
    keyspace: 'parley',
  });
  beforeAll(() => client.execute(leaseTable));
  afterAll(() => client.shutdown());
  const times = { deadAfter: 200, every: 20 };
  const holds = (holder: string, beat: number) =>
    client.execute(
      `INSERT INTO migration_lease (name, holder, beat) VALUES ('schema', ?, ?)`,
      [holder, beat],
      {
        prepare: true,
      },
    );

  test('of a runner that died is taken over', async () => {
    await holds('dead', 3);
    expect(await leased(client, async () => 'done', times)).toBe('done');
  });

  test('of one that still shows a beat is not', async () => {
    let [now, over] = [0, false];
    let waiting: Promise<boolean> | undefined;
    const alive = leased(client, async (beat) => {
      waiting = leased(client, async () => over, { ...times, now: () => now });
      // Ten times as long as makes one dead, a beat at each step.
      for (let step = 0; step < 14; step++) {
        now += times.deadAfter * 0.75;
        await beat();
      }
      over = true;
    });
    await alive;
    expect(await waiting).toBe(true);
  }, 30_000);

  test('that was taken over ends the runner who had it', async () => {
    const losing = leased(
      client,
      async (beat) => {
        await holds('another', 0);
        await beat();
      },
      times,
    );
    await expect(losing).rejects.toThrow('taken over');
    expect(await leased(client, async () => 'done', times)).toBe('done');
  });
});
