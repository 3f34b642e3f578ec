import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { block } from '../../../lib/actions/blocks/block.ts';
import { connect } from '../../../lib/actions/connections/connect.ts';
import { ping } from '../../../lib/actions/connections/ping.ts';
import { refreshToken } from '../../../lib/actions/connections/refresh-token.ts';
import { typing } from '../../../lib/actions/connections/typing.ts';
import { revokeDevice } from '../../../lib/actions/devices/revoke.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { watchPresence } from '../../../lib/actions/presence/watch.ts';
import { sweepConnections } from '../../../lib/actions/sweep/connections.ts';
import type { RedisServer } from '../../../scripts/parts/redis.ts';
import { aGroup, connectAs, type Person, performed } from '../../support/app.ts';
import { type Counted, countedApp } from '../../support/counted.ts';
import { aConnection } from '../../support/ids.ts';
import { startOwnRedis, urlOf } from '../../support/real.ts';

let redis: RedisServer;
let counted: Counted;
let ann: Person;
let bob: Person;
let cid: Person;
beforeAll(async () => {
  // Its own, for the sweep looks at everybody.
  redis = await startOwnRedis('counts');
  counted = countedApp(urlOf(redis));
});
beforeEach(async () => {
  const { app } = counted;
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
});
afterAll(async () => {
  await counted.close();
  await redis.stop();
});

const beat = (every?: number) =>
  counted.run((app) => ping(app, ann, { action: 'ping', ...(every !== undefined && { every }) }));

describe('a ping costs', () => {
  test('one script', async () => {
    expect((await beat()).counts).toEqual({ redis: { gate: 1 }, cassandra: {}, posts: 0 });
  });

  test('three where it announces another heartbeat', async () => {
    const look = { 'ask-look': 1, 'plan-look': 1 };
    expect((await beat(60)).counts).toEqual({ redis: { gate: 1, ...look }, cassandra: {}, posts: 0 });
    expect((await beat(60)).counts).toEqual({ redis: { gate: 1 }, cassandra: {}, posts: 0 });
  });

  test('one more for each user who is watched', async () => {
    const users = [bob.user, cid.user];
    const watched = await counted.run((app) => watchPresence(app, ann, { action: 'watchPresence', users }));
    expect(watched.counts).toEqual({
      redis: { gate: 1, watch: 1, presence: 2 },
      cassandra: { 'read blocks_by_user': 3 },
      posts: 0,
    });
    expect((await beat()).counts).toEqual({ redis: { gate: 1, presence: 2 }, cassandra: {}, posts: 0 });
  });
});

test('typing costs 3 + (m − 1) scripts, and three where it was told just now', async () => {
  const { app, run } = counted;
  const conversation = await aGroup(app, ann, bob, cid);
  const shown = () => run(() => typing(app, ann, { action: 'typing', conversation, active: true }));
  const asked = { gate: 1, members: 1, typing: 1 };
  expect((await shown()).counts).toEqual({ redis: { ...asked, live: 2 }, cassandra: {}, posts: 2 });
  expect((await shown()).counts).toEqual({ redis: asked, cassandra: {}, posts: 0 });
});

describe('a session costs', () => {
  const arrive = async (person: Person) => {
    const epoch = await counted.app.connections.epoch(person.user);
    const fresh = { ...person, connection: aConnection(), epoch };
    const arrived = await counted.run(async (app) => ({
      reply: await connect(app, fresh, { origin: undefined, allowed: [] }),
    }));
    expect(arrived.reply).toBeUndefined();
    return arrived;
  };

  test('to begin a script, and two scripts more where the sweep must look sooner', async () => {
    const stranger = { ...ann, user: (await connectAs(counted.app)).user };
    expect((await arrive(stranger)).counts).toEqual({
      redis: { register: 1 },
      cassandra: {},
      posts: 0,
    });
    const { app } = counted;
    await app.users.add({ id: 'u:newcomerAAAAAAAAAAAAAA' as Person['user'], name: 'x', createdAt: 0 });
    const newcomer = { ...ann, user: 'u:newcomerAAAAAAAAAAAAAA' as Person['user'] };
    expect((await arrive(newcomer)).counts.redis).toEqual({
      ...{ register: 1, 'ask-look': 1, 'plan-look': 1 },
    });
  });

  test('to go on with a newer token two scripts and the device', async () => {
    const { app, run } = counted;
    const { token } = await app.tokens.issue({ user: ann.user, device: ann.device, role: 'user' });
    expect((await run(() => refreshToken(app, ann, { action: 'refreshToken', token }))).counts).toEqual({
      redis: { gate: 1, refresh: 1 },
      cassandra: { 'read devices_by_user': 1 },
      posts: 0,
    });
  });

  test('to be revoked three scripts and a write', async () => {
    const { app, run } = counted;
    expect((await run(() => revokeDevice(app, ann, ann.device))).counts).toEqual({
      redis: { revoke: 1, 'ask-look': 1, 'plan-look': 1 },
      cassandra: { 'read devices_by_user': 1, 'write devices_by_user': 1 },
      posts: 1,
    });
  });
});

test('a block costs a row and a note, and where the two have talked a change of a member', async () => {
  const { app, run } = counted;
  const unknown = await run(() => block(app, ann, bob.user));
  expect(unknown.counts).toEqual({
    redis: { DEL: 1, hide: 4 },
    cassandra: {
      'read users': 1,
      'read blocks_by_user': 3,
      'read members_by_conversation': 2,
      'write blocks_by_user': 1,
      'write unannounced': 1,
    },
    posts: 0,
  });
  const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', to: cid.user };
  await performed(app, sendMessage(app, ann, frame));
  const known = await run(() => block(app, ann, cid.user));
  expect(known.counts.cassandra).toEqual({
    'read users': 1,
    'read blocks_by_user': 6,
    'read members_by_conversation': 3,
    'if members_by_conversation': 1,
    'write blocks_by_user': 1,
    'write unannounced': 1,
  });
});

describe('a sweep with nothing to do costs', () => {
  test('four scripts for connections', async () => {
    expect((await counted.run(async (app) => ({ reply: await sweepConnections(app) }))).counts).toEqual({
      redis: { 'due-looks': 4 },
      cassandra: {},
      posts: 0,
    });
  });

  test('two scripts for each user who is due, and at most once a minute a third and a write', async () => {
    const { app, run } = counted;
    await app.beats.ask(ann.user, { inMs: 0, brisk: false });
    const swept = async () => (await run(async () => ({ reply: await sweepConnections(app) }))).counts;
    // It asks until nobody is due any more.
    const looked = { 'due-looks': 8, 'look-at-user': 1, 'settle-look': 1 };
    expect(await swept()).toEqual({
      redis: { ...looked, kept: 1 },
      cassandra: { 'write presence_by_user': 1 },
      posts: 0,
    });
    await app.beats.ask(ann.user, { inMs: 0, brisk: false });
    expect(await swept()).toEqual({ redis: looked, cassandra: {}, posts: 0 });
  });

  test('a read of every hour and shard for notes', async () => {
    const { counts } = await counted.run(async (app) => {
      for await (const _ of app.unannounced.all());
      return { reply: undefined };
    });
    expect(counts).toEqual({ redis: {}, cassandra: { 'read unannounced': 73 * 4 }, posts: 0 });
  });
});
