import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { limits } from '../../schema/limits.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import type { Client, Frame } from '../support/client.ts';
import { aUser } from '../support/ids.ts';
import { realCassandra, realRedis, startOwnRedis, unconditional, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(60_000);

let redis: RedisServer;
let parley: Strict;
beforeAll(async () => {
  redis = await startOwnRedis('receipts');
  parley = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_SENDS_PER_SECOND: '100',
    PARLEY_STRANGER_REQUESTS: '1000',
  });
});
afterAll(async () => {
  await parley.stop();
  await redis.stop();
});

type Device = { token: string; id: string; client: Client };

/** A person with a phone and a tablet, who are connected. */
const aPerson = async () => {
  const { user, token } = await parley.register();
  const credentials = { name: user.name, password: 'correct horse' };
  const { body } = await parley.http('POST', '/v1/tokens', { body: credentials });
  const deviceOf = async (shown: string): Promise<Device> => ({
    token: shown,
    id: (await parley.http('GET', '/v1/me', { token: shown })).body.device,
    client: await parley.connect({ token: shown }),
  });
  return { user: user.id, phone: await deviceOf(token), tablet: await deviceOf(body.token) };
};
const say = (from: Device, to: string, text: string) => from.client.ask({ action: 'sendMessage', to, text });
const receiptOf = (user: string, marks: object) => (frame: Frame) =>
  frame.type === 'receipt' &&
  frame.id === undefined &&
  frame.user === user &&
  Object.entries(marks).every(([name, value]) => frame[name] === value);
const forget = async () => {
  const client = new Redis(redis.port);
  await client.flushall();
  client.disconnect();
};

test('who has received and who has read a message, on which device, and when', async () => {
  const [ann, bob] = [await aPerson(), await aPerson()];
  const from = Date.now();
  const { conversation, seq } = await say(ann.phone, bob.user, 'hello');
  const mark = { conversation, seq };
  expect(await bob.phone.client.ask({ action: 'markDelivered', ...mark })).toMatchObject({
    type: 'receipt',
    delivered: seq,
    read: 0,
  });
  const others = [ann.phone, ann.tablet, bob.tablet];
  for (const { client } of others) await client.next(receiptOf(bob.user, { delivered: seq, read: 0 }));
  await bob.tablet.client.ask({ action: 'markRead', ...mark });
  for (const { client } of [ann.phone, ann.tablet, bob.phone])
    await client.next(receiptOf(bob.user, { delivered: seq, read: seq }));

  const path = `/v1/conversations/${conversation}/receipts`;
  const his = async (query = '') => {
    const { body } = await parley.http('GET', path + query, { token: ann.phone.token });
    return body.items.find(({ user }: Frame) => user === bob.user);
  };
  expect(await his()).toEqual({ user: bob.user, delivered: seq, read: seq });
  const { receivedOn, readOn } = await his(`?seq=${seq}`);
  expect(receivedOn.map(({ device }: Frame) => device)).toEqual([bob.phone.id, bob.tablet.id]);
  expect(readOn.map(({ device }: Frame) => device)).toEqual([bob.tablet.id]);
  // The other device passes too, and tells nobody: where its user stands is known.
  await bob.phone.client.ask({ action: 'markRead', ...mark });
  expect((await his(`?seq=${seq}`)).readOn.map(({ device }: Frame) => device).sort()).toEqual(
    [bob.phone.id, bob.tablet.id].sort(),
  );
  for (const { at } of [...receivedOn, ...readOn]) {
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(Date.now());
  }

  // A lower mark is answered with where its user stands, and told to nobody.
  const told = ann.phone.client.frames.length;
  expect(await bob.phone.client.ask({ action: 'markRead', conversation, seq: 1 })).toMatchObject({
    read: seq,
  });
  await say(bob.phone, ann.user, 'and on');
  await ann.phone.client.next(({ text }) => text === 'and on');
  expect(ann.phone.client.frames.slice(told).filter(({ type }) => type === 'receipt')).toEqual([]);
});

test('what is read on one device is unread on none, also when Redis has forgotten it', async () => {
  const [ann, bob, cid] = [await aPerson(), await aPerson(), await aPerson()];
  const first = await say(ann.phone, bob.user, 'one');
  const last = await say(ann.phone, bob.user, 'two');
  await say(cid.phone, bob.user, 'three');
  const unread = async ({ token }: Device) => (await parley.http('GET', '/v1/unread', { token })).body;
  const listed = async ({ token }: Device) => {
    const { body } = await parley.http('GET', '/v1/conversations', { token });
    return Object.fromEntries(body.items.map(({ peer, unread: one }: Frame) => [peer, one.count]));
  };
  for (const device of [bob.phone, bob.tablet]) {
    expect(await unread(device)).toEqual({ count: 3, more: false, conversations: 2 });
    expect(await listed(device)).toEqual({ [ann.user]: 2, [cid.user]: 1 });
  }
  const { conversation } = first;
  await bob.phone.client.ask({ action: 'markRead', conversation, seq: first.seq });
  expect(await unread(bob.tablet)).toEqual({ count: 2, more: false, conversations: 2 });
  await bob.tablet.client.ask({ action: 'markRead', conversation, seq: last.seq });
  await forget();
  for (const device of [bob.phone, bob.tablet]) {
    expect(await unread(device)).toEqual({ count: 1, more: false, conversations: 1 });
    expect(await listed(device)).toEqual({ [ann.user]: 0, [cid.user]: 1 });
  }
  // What one has said oneself is never unread.
  expect(await unread(ann.phone)).toEqual({ count: 0, more: false, conversations: 0 });
});

test("with more than 32 members receipts are read on demand, and told to one's own devices alone", async () => {
  const [ann, bob] = [await aPerson(), await aPerson()];
  const { token } = ann.phone;
  const body = { kind: 'group', title: 'a crowd', members: [bob.user] };
  const { id } = (await parley.http('POST', '/v1/conversations', { token, body })).body;
  const [cassandra, client] = [realCassandra(), realRedis(urlOf(redis))];
  const rows = cassandraMembers(unconditional(cassandra));
  const grow = async (count: number) => {
    for (let i = 0; i < count; i++)
      await rows.add(id, { user: aUser(), role: 'member', version: 1 }, undefined);
    // Its members are read anew.
    await redisConversations(client).drop(id);
  };
  const mark = async (text: string) => {
    const ack = await ann.phone.client.ask({ action: 'sendMessage', conversation: id, text });
    const { seq } = ack;
    expect(await bob.phone.client.ask({ action: 'markRead', conversation: id, seq })).toMatchObject({
      type: 'receipt',
      read: seq,
    });
    await bob.tablet.client.next(receiptOf(bob.user, { read: seq }));
    return seq;
  };
  await grow(limits.receiptMembers - 2);
  const few = await mark('to 32');
  await ann.phone.client.next(receiptOf(bob.user, { read: few }));

  await grow(1);
  const many = await mark('to 33');
  // What is pushed after it has come, and it has not.
  await bob.phone.client.ask({ action: 'sendMessage', conversation: id, text: 'and on' });
  for (const { client: hers } of [ann.phone, ann.tablet]) {
    await hers.next(({ text }) => text === 'and on');
    expect(hers.frames.filter(receiptOf(bob.user, { read: many }))).toEqual([]);
  }
  const read = await parley.http('GET', `/v1/conversations/${id}/receipts`, { token });
  expect(read.body.items).toContainEqual({ user: bob.user, delivered: many, read: many });
  await Promise.all([cassandra.close(), client.close()]);
});
