import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisBeats } from '../../lib/beats/redis.ts';
import { shards } from '../../lib/beats/shards.ts';
import { userKeys } from '../../lib/redis/keys.ts';
import { cassandraSeen } from '../../lib/seen/cassandra.ts';
import type { Session } from '../../schema/http/users.ts';
import type { UserId } from '../../schema/ids.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import type { Client, Frame } from '../support/client.ts';
import { realCassandra, realRedis, startOwnRedis, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(60_000);

let redis: RedisServer;
let inRedis: Redis;
let local: Strict;
beforeAll(async () => {
  // Its own, for the sweep looks at everybody.
  redis = await startOwnRedis('presence');
  inRedis = new Redis(redis.port);
  local = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_SENDS_PER_SECOND: '50',
    PARLEY_STRANGER_REQUESTS: '1000',
  });
});
afterAll(async () => {
  await local.stop();
  inRedis.disconnect();
  await redis.stop();
});

const isOf =
  (type: string, more: object = {}) =>
  (frame: Frame) =>
    frame.type === type && Object.entries(more).every(([name, value]) => frame[name] === value);
const isPushed = (frame: Frame) => frame.type === 'presence' && frame.id === undefined;
/** What a client was told of others, without having asked: what came before the answer to something else. */
const toldTo = async (client: Client): Promise<Frame[]> => {
  await client.ask({ action: 'ping' });
  return client.frames.filter(isPushed).flatMap(({ users }) => users);
};
const watch = (client: Client, ...users: Session[]) =>
  client.ask({ action: 'watchPresence', users: users.map(({ user }) => user.id) });
/** How the one user is whom the client watches. */
const seenBy = async (client: Client): Promise<boolean> =>
  (await client.ask({ action: 'ping' })).presence[0].online;

const earlier = (time: string, ms: number) => String(Number(time) - ms);

/** Lets so much time pass for a user: whatever Redis knows of him was that much earlier. */
const pass = async (user: UserId, ms: number) => {
  const { connections, presence } = userKeys(user);
  for (const [connection, known] of Object.entries(await inRedis.hgetall(connections))) {
    const [since = '', last = '', ...rest] = known.split(' ');
    await inRedis.hset(connections, connection, [earlier(since, ms), earlier(last, ms), ...rest].join(' '));
  }
  for (const [field, time] of Object.entries(await inRedis.hgetall(presence))) {
    if (field !== 'told') await inRedis.hset(presence, field, earlier(time, ms));
  }
  const { due } = shards.of(user);
  const look = await inRedis.zscore(due, user);
  if (look !== null) await inRedis.zadd(due, earlier(look, ms), user);
};

/** Lets time pass until the last frame of a user is so long ago, and the sweep look. */
const silentFor = async (user: UserId, ms: number) => {
  const { connections, presence } = userKeys(user);
  const known = await inRedis.hvals(connections);
  const frames = known.map((one) => Number(one.split(' ')[1]));
  const last = Math.max(...frames, Number(await inRedis.hget(presence, 'seen')));
  const [seconds = 0, micros = 0] = await inRedis.time();
  await pass(user, ms - (Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) - last));
  await local.sweep();
};

/** Ends a connection, and waits until that is known, and when to look is. */
const leave = async (client: Client, { user }: Session) => {
  const { connections } = userKeys(user.id);
  const before = await inRedis.hlen(connections);
  await client.close();
  while ((await inRedis.hlen(connections)) === before);
  // What the handler plans comes after that.
  await local.freeze();
};

describe('through real sockets', () => {
  test('who watches is told who comes, and members see each other typing', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const anns = await local.connect(ann);
    expect(await anns.ask({ action: 'watchPresence', users: [bob.user.id] })).toMatchObject({
      type: 'presence',
      users: [{ user: bob.user.id, online: false }],
    });

    const bobs = await local.connect(bob);
    const told = await anns.next(isPushed);
    expect(told.users).toEqual([{ user: bob.user.id, online: true }]);
    expect(await anns.ask({ action: 'ping', every: 60 })).toMatchObject({
      type: 'pong',
      presence: [{ user: bob.user.id, online: true }],
    });
    const { status, body } = await local.http('GET', `/v1/presence?users=${bob.user.id}`, ann);
    expect({ status, body }).toEqual({ status: 200, body: { items: [{ user: bob.user.id, online: true }] } });

    const sent = await anns.ask({ action: 'sendMessage', to: bob.user.id, text: 'hello' });
    const { conversation } = sent;
    expect(await bobs.ask({ action: 'typing', conversation, active: true })).toMatchObject({ type: 'ok' });
    expect(await anns.next(isOf('typing', { conversation }))).toEqual({
      type: 'typing',
      conversation,
      user: bob.user.id,
      active: true,
    });
    await Promise.all([anns.close(), bobs.close()]);
  });

  test('of five-second heartbeats three may stay out, and after five their user is away', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    await watch(anns, bob);
    await bobs.ask({ action: 'ping', every: 5 });
    await silentFor(bob.user.id, 12_000);
    expect(await bobs.ask({ action: 'ping', every: 5 })).toMatchObject({ type: 'pong' });
    expect(bobs.frames.filter(isOf('goodbye'))).toEqual([]);

    await silentFor(bob.user.id, 16_000);
    await bobs.closed;
    expect(bobs.frames.find(isOf('goodbye'))).toMatchObject({ code: 'silent', reconnect: true });
    await silentFor(bob.user.id, 22_000);
    expect(await seenBy(anns)).toBe(true);
    expect(await toldTo(anns)).toEqual([]);
    await silentFor(bob.user.id, 26_000);
    expect(await toldTo(anns)).toEqual([{ user: bob.user.id, online: false, lastSeen: expect.any(Number) }]);
    expect(await seenBy(anns)).toBe(false);
    await anns.close();
  });

  test('whose end is noticed late counts no longer than if he had gone on in silence', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    await watch(anns, bob);
    await bobs.ask({ action: 'ping', every: 5 });
    await pass(bob.user.id, 22_000);
    await leave(bobs, bob);
    expect(await seenBy(anns)).toBe(true);
    await silentFor(bob.user.id, 26_000);
    expect(await toldTo(anns)).toMatchObject([{ user: bob.user.id, online: false }]);
    await anns.close();
  });

  test('who announced no heartbeat counts for ten silent minutes, and is not closed for silence', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    await watch(anns, bob);
    await silentFor(bob.user.id, 597_000);
    expect(await seenBy(anns)).toBe(true);
    expect(await toldTo(anns)).toEqual([]);
    await silentFor(bob.user.id, 601_000);
    expect(await toldTo(anns)).toMatchObject([{ user: bob.user.id, online: false }]);
    expect(await bobs.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
    expect(bobs.frames.filter(isOf('goodbye'))).toEqual([]);
    expect(await toldTo(anns)).toMatchObject([{ online: false }, { user: bob.user.id, online: true }]);
    await silentFor(bob.user.id, 601_000);
    expect(await toldTo(anns)).toHaveLength(3);
    // Who was away is not back for a while because his connection ends.
    await leave(bobs, bob);
    expect(await seenBy(anns)).toBe(false);
    await local.sweep();
    expect(await toldTo(anns)).toHaveLength(3);
    await anns.close();
  });

  test('a user is one with all devices, and a drop of 10 s is not told, and one of over 15 s is', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const anns = await local.connect(ann);
    const [phone, laptop] = [await local.connect(bob), await local.connect(bob)];
    expect(await watch(anns, bob)).toMatchObject({ users: [{ online: true }] });
    await leave(phone, bob);
    await pass(bob.user.id, 16_000);
    await local.sweep();
    expect(await seenBy(anns)).toBe(true);

    await leave(laptop, bob);
    await pass(bob.user.id, 10_000);
    await local.sweep();
    expect(await seenBy(anns)).toBe(true);
    const back = await local.connect(bob);
    await local.sweep();
    expect(await toldTo(anns)).toEqual([]);

    await leave(back, bob);
    await pass(bob.user.id, 16_000);
    await local.sweep();
    expect(await toldTo(anns)).toMatchObject([{ user: bob.user.id, online: false }]);
    await anns.close();
  });

  test('a list replaces the one before: of whom it does not name nothing is told any more', async () => {
    const [ann, bob, cid] = [await local.register(), await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    await watch(anns, bob);
    expect(await watch(anns, cid)).toMatchObject({ users: [{ user: cid.user.id, online: false }] });
    await leave(bobs, bob);
    await pass(bob.user.id, 16_000);
    await local.sweep();
    const cids = await local.connect(cid);
    await anns.next(isPushed);
    expect(await toldTo(anns)).toEqual([{ user: cid.user.id, online: true }]);
    await Promise.all([anns.close(), cids.close()]);
  });

  test('who dies in silence is told of, with when he was last seen, which lasts', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    await watch(anns, bob);
    await bobs.ask({ action: 'ping', every: 5 });
    local.loseDisconnects(true);
    local.cut(local.connections().at(-1) ?? '');
    await bobs.closed;
    await silentFor(bob.user.id, 26_000);
    local.loseDisconnects(false);
    const seen = Number(await inRedis.hget(userKeys(bob.user.id).presence, 'seen'));
    expect(await toldTo(anns)).toEqual([{ user: bob.user.id, online: false, lastSeen: seen }]);

    // Redis forgets it; the table does not.
    await inRedis.del(userKeys(bob.user.id).presence);
    const { body } = await local.http('GET', `/v1/presence?users=${bob.user.id}`, ann);
    expect(body.items).toEqual(await toldTo(anns));
    await anns.close();
  });

  test('last seen is kept at most once a minute while he is there', async () => {
    const bob = await local.register();
    const { id } = bob.user;
    const bobs = await local.connect(bob);
    const [cassandra, client] = [realCassandra(), realRedis(urlOf(redis))];
    /** What lasts, once the sweep has looked at him after another frame. */
    const kept = async () => {
      await bobs.ask({ action: 'ping' });
      await redisBeats({ redis: client }).ask(id, { inMs: 0, brisk: false });
      await local.sweep();
      return (await cassandraSeen(cassandra).of([id])).get(id) ?? 0;
    };
    const first = await kept();
    expect(first).toBeGreaterThan(0);
    await pass(id, 50_000);
    expect(await kept()).toBe(first);
    await pass(id, 10_000);
    expect(await kept()).toBeGreaterThan(first);
    await Promise.all([cassandra.close(), client.close(), bobs.close()]);
  });

  test('typing is told once in a while, whatever the devices, and its end once', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, phone, laptop] = [
      await local.connect(ann),
      await local.connect(bob),
      await local.connect(bob),
    ];
    const { conversation } = await phone.ask({ action: 'sendMessage', to: ann.user.id, text: 'hello' });
    for (const active of [true, true, false, false]) {
      for (const client of [phone, laptop])
        expect(await client.ask({ action: 'typing', conversation, active })).toMatchObject({ type: 'ok' });
    }
    await phone.ask({ action: 'sendMessage', conversation, text: 'said' });
    await anns.next(({ text }) => text === 'said');
    const told = anns.frames.filter(isOf('typing'));
    expect(told.map(({ active }) => active)).toEqual([true, false]);
    // Nor is it stored.
    const { body } = await local.http('GET', `/v1/conversations/${conversation}/messages?after=0`, ann);
    expect(body.items).toHaveLength(3);
    await Promise.all([anns, phone, laptop].map((client) => client.close()));
  });
});
