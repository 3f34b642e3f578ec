import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Client } from 'cassandra-driver';
import { migrate } from '../../scripts/migrate.ts';
import { type Ring, startRing } from '../../scripts/parts/ring.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { expectAllIn, expectWhole, readLog, say, talkerOf } from '../support/talkers.ts';

jest.setTimeout(30 * 60_000);

/** Three nodes with three replicas, of which one may die at any moment: writes and reads are at LOCAL_QUORUM. */
let ring: Ring;
let strict: Strict;
const dataCentre = 'datacenter1';

beforeAll(async () => {
  const directory = join(process.env.TEST_DIRECTORY ?? '', 'ring');
  ring = await startRing({ jars: process.env.TEST_CASSANDRA_JARS ?? '', directory });
  const { hosts: contactPoints, port } = ring;
  const client = new Client({ contactPoints, localDataCenter: dataCentre, protocolOptions: { port } });
  await client.execute(
    `CREATE KEYSPACE parley WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCentre}': 3}`,
  );
  await client.shutdown();
  await migrate({ contactPoints, port, dataCentre, keyspace: 'parley' });
  strict = await startStrict({
    PARLEY_CASSANDRA_CONTACT_POINTS: contactPoints.join(','),
    PARLEY_CASSANDRA_PORT: String(port),
    // Three nodes and their clients share this machine.
    PARLEY_CASSANDRA_REQUEST_MS: '5000',
    PARLEY_SENDS_PER_SECOND: '1000',
    PARLEY_FRAMES_PER_SECOND: '1000',
  });
});
afterAll(async () => {
  await strict.stop();
  await ring.stop();
});

test('a node dies amid sends, comes back, and another dies: nothing that was acknowledged is lost', async () => {
  const sessions = await Promise.all(Array.from({ length: 4 }, () => strict.register()));
  const [creator, ...others] = sessions;
  if (!creator) throw new Error('nobody is there');
  const talkers = await Promise.all(sessions.map((session) => talkerOf(strict, session)));
  const { status, body: group } = await strict.http('POST', '/v1/conversations', {
    token: creator.token,
    body: { kind: 'group', title: 'three', members: others.map(({ user }) => user.id) },
  });
  expect([status, group]).toEqual([201, expect.objectContaining({ kind: 'group' })]);
  const each = 40;
  const all = talkers.length * each;
  const talkWhile = async (at: number, happen: () => Promise<void>) => {
    let acked = 0;
    let happening: Promise<void> | undefined;
    const onAck = () => {
      if (++acked === at) happening = happen();
    };
    const talking = talkers.map(async (talker, i) => {
      for (let n = 0; n < each; n++) await say(talker, group.id, `from ${i} number ${n}`, onAck);
    });
    await Promise.all(talking);
    await happening;
  };
  const check = async (times: number) => {
    const sent = talkers.flatMap((talker) => talker.sent);
    expect(sent).toHaveLength(times * all);
    const log = await readLog(strict, creator, group.id);
    expect(log).toHaveLength(sent.length + 1);
    expectWhole(log);
    expectAllIn(log, sent);
  };

  await talkWhile(all / 4, () => ring.nodes[1]?.stop('SIGKILL') ?? Promise.resolve());
  await check(1);
  // It comes back while they go on.
  await talkWhile(all / 4, () => ring.restart(1));
  await check(2);
  // What it missed it is now asked for: the node that has everything is gone.
  await talkWhile(all / 4, () => ring.nodes[0]?.stop('SIGKILL') ?? Promise.resolve());
  await check(3);
  for (const refusal of talkers.flatMap(({ refusals }) => refusals))
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true });
  await Promise.all(talkers.map(({ client }) => client.close()));
});
