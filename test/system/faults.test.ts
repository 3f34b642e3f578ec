import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { bucketOf } from '../../lib/messages/buckets.ts';
import type { Session } from '../../schema/http/users.ts';
import { migrate } from '../../scripts/migrate.ts';
import { type CassandraServer, findJava, startCassandra } from '../../scripts/parts/cassandra.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import { aKey } from '../support/ids.ts';
import { realCassandra, startOwnRedis, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { expectAllIn, expectWhole, readLog, say, talkerOf } from '../support/talkers.ts';

jest.setTimeout(240_000);

const home = process.env.TEST_DIRECTORY ?? '';
const jars = process.env.TEST_CASSANDRA_JARS ?? '';

let redis: RedisServer;
let cassandra: CassandraServer;
let local: Strict;

const startOwnCassandra = (port?: number) =>
  startCassandra({
    java: findJava(),
    jars,
    directory: join(home, 'own-cassandra'),
    ...(port !== undefined && { port }),
  });

beforeAll(async () => {
  [redis, cassandra] = await Promise.all([startOwnRedis('faults'), startOwnCassandra()]);
  await migrate({
    contactPoints: ['127.0.0.1'],
    port: cassandra.port,
    dataCentre: 'datacenter1',
    keyspace: 'parley',
  });
  local = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_CASSANDRA_PORT: String(cassandra.port),
    PARLEY_SENDS_PER_SECOND: '1000',
    PARLEY_FRAMES_PER_SECOND: '1000',
  });
});
afterAll(async () => {
  await local.stop();
  await Promise.all([redis.stop(), cassandra.stop()]);
});

const flush = async () => {
  const client = new Redis(redis.port);
  await client.flushall();
  client.disconnect();
};

describe('while stores are lost under traffic', () => {
  const talkers = 5;
  const messagesEach = 60;

  test('every acked message is in the log once, in order; what was not acked was refused retryably', async () => {
    const sessions = await Promise.all(Array.from({ length: talkers }, () => local.register()));
    const [creator, ...others] = sessions as [Session, ...Session[]];
    const created = await local.http('POST', '/v1/conversations', {
      token: creator.token,
      body: { kind: 'group', title: 'through thick and thin', members: others.map(({ user }) => user.id) },
    });
    const conversation = created.body.id;
    const all = await Promise.all(sessions.map((session) => talkerOf(local, session)));

    // What goes wrong, by how many messages have been acknowledged.
    const killRedis = () => redis.stop('SIGKILL');
    const restartRedis = async () => {
      redis = await startOwnRedis('faults', redis.port);
    };
    const crashCassandra = async () => {
      const { port } = cassandra;
      await cassandra.stop('SIGKILL');
      cassandra = await startOwnCassandra(port);
    };
    const script: [number, () => Promise<void>][] = [
      [30, flush],
      [70, killRedis],
      [120, restartRedis],
      [170, crashCassandra],
      [220, flush],
    ];
    const trouble: Promise<void>[] = [];
    let acked = 0;
    const onAck = () => {
      acked++;
      for (const [at, happen] of script) if (acked === at) trouble.push(happen());
    };

    await Promise.all(
      all.map(async (talker, i) => {
        for (let n = 0; n < messagesEach; n++)
          await say(talker, conversation, `from ${i} number ${n}`, onAck);
      }),
    );
    await Promise.all(trouble);
    expect(trouble).toHaveLength(script.length);

    const log = await readLog(local, creator, conversation);
    const sent = all.flatMap(({ sent: one }) => one);
    expect(sent).toHaveLength(talkers * messagesEach);
    expectWhole(log);
    expectAllIn(log, sent);
    expect(log).toHaveLength(sent.length + 1);
    for (const { sent: one } of all)
      expect(one.map(({ seq }) => seq)).toEqual(one.map(({ seq }) => seq).toSorted((a, b) => a - b));
    for (const refusal of all.flatMap(({ refusals }) => refusals)) {
      expect(refusal).toMatchObject({ type: 'error', code: 'unavailable', retryable: true });
    }
    await Promise.all(all.map(({ client }) => client.close()));
  });

  test('members learn of what was sent while Redis was away, by the sweep', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [hers, his] = [await local.connect(ann), await local.connect(bob)];
    const { conversation } = await hers.ask({ action: 'sendMessage', to: bob.user.id, text: 'before' });
    await his.next(({ text }) => text === 'before');
    await redis.stop('SIGKILL');
    const ack = await hers.ask({ action: 'sendMessage', conversation, text: 'while it was away' });
    expect(ack).toMatchObject({ type: 'ack', seq: 3 });
    expect(ack).not.toHaveProperty('inbox');
    redis = await startOwnRedis('faults', redis.port);
    // Redis forgot who is connected: his next send says so, and the sweep finds him.
    let known = await his.ask({ action: 'sendMessage', conversation, text: 'here I am' });
    while (known.inbox === undefined)
      known = await his.ask({ action: 'sendMessage', conversation, text: 'here I am' });
    await local.sweep();
    expect(await his.next(({ text }) => text === 'while it was away')).toMatchObject({ seq: 3 });
    const { body } = await local.http('GET', '/v1/conversations', { token: bob.token });
    expect(body.items[0]).toMatchObject({ id: conversation, lastMessage: { text: 'here I am' } });
    await Promise.all([hers.close(), his.close()]);
  });

  test('a log that was restored goes on from where it was, once Redis knows nothing any more', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const hers = await talkerOf(local, ann);
    const { conversation } = await hers.client.ask({ action: 'sendMessage', to: bob.user.id, text: 'kept' });
    await say(hers, conversation, 'kept too');
    await say(hers, conversation, 'lost');
    const lost = hers.sent.pop()?.seq ?? 0;
    const store = realCassandra(cassandra.port);
    await store.write(
      'DELETE FROM messages_by_conversation WHERE conversation_id = ? AND bucket = ? AND seq = ?',
      [conversation, bucketOf(lost), lost],
    );
    await store.close();
    await flush();
    await say(hers, conversation, 'after the restore');
    expect(hers.sent.at(-1)?.seq).toBe(lost);
    const log = await readLog(local, bob, conversation);
    expectWhole(log);
    expectAllIn(log, hers.sent);
    await hers.client.close();
  });
});

describe('a function that dies when it has claimed a change of members', () => {
  test.each([
    ['joins', 'the same request again', 'joining'],
    ['leaves', 'the sweep', 'leaving'],
  ])('lets nobody in who %s, until %s completes it', async (_who, _how, claim) => {
    const [ann, bob, cid] = [await local.register(), await local.register(), await local.register()];
    const [his, theirs] = [await local.connect(bob), await local.connect(cid)];
    const isJoining = claim === 'joining';
    const { token } = ann;
    const { id } = (
      await local.http('POST', '/v1/conversations', {
        token,
        body: {
          kind: 'group',
          title: 'three',
          members: isJoining ? [bob.user.id] : [bob.user.id, cid.user.id],
        },
      })
    ).body;
    const [path, key, { id: user }] = [`/v1/conversations/${id}/members`, aKey(), cid.user];
    const change = () =>
      isJoining
        ? local.http('POST', path, { token, body: { user, key, after: 1 } })
        : local.http('DELETE', `${path}/${user}?key=${key}&after=1`, { token });

    const claimed = local.silenceAfter(claim);
    const dying = change();
    await claimed;
    await local.kill('conversations');
    expect(await dying).toMatchObject({ status: 500, body: { message: 'Internal Server Error' } });
    const store = realCassandra(cassandra.port);
    const rows = cassandraMembers(store);
    while ((await rows.standing(id, user))?.state !== claim);
    await store.close();

    const isOutside = async () => {
      expect(await local.http('GET', `/v1/conversations/${id}`, cid)).toMatchObject({ status: 404 });
      const asked = { action: 'sendMessage', conversation: id, text: 'let me' };
      expect(await theirs.ask(asked)).toMatchObject({ code: 'not-found' });
    };
    await isOutside();
    const said = await his.ask({ action: 'sendMessage', conversation: id, text: 'between us' });
    expect(said.type).toBe('ack');

    if (isJoining) expect(await change()).toMatchObject({ status: 201 });
    else {
      await local.freeze({ forMs: 60_000 });
      await local.sweep();
    }
    const made = isJoining ? 'member.joined' : 'member.left';
    const told = await theirs.next(({ type }) => type === made);
    expect(told).toMatchObject({ conversation: id, user, key, from: ann.user.id });
    const log = await readLog(local, bob, id);
    expect(log.filter(({ type }) => type === made)).toHaveLength(1);
    expect(theirs.frames.some(({ text }) => text === 'between us')).toBe(false);
    if (isJoining) {
      const asked = { action: 'sendMessage', conversation: id, text: 'here I am' };
      expect(await theirs.ask(asked)).toMatchObject({ type: 'ack' });
    } else await isOutside();
    await Promise.all([his.close(), theirs.close()]);
  });
});
