import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { block } from '../../../lib/actions/blocks/block.ts';
import { connect } from '../../../lib/actions/connections/connect.ts';
import { ping } from '../../../lib/actions/connections/ping.ts';
import { refreshToken } from '../../../lib/actions/connections/refresh-token.ts';
import { typing } from '../../../lib/actions/connections/typing.ts';
import { revokeDevice } from '../../../lib/actions/devices/revoke.ts';
import { editMessage } from '../../../lib/actions/messages/change.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { watchPresence } from '../../../lib/actions/presence/watch.ts';
import { markRead } from '../../../lib/actions/receipts/mark.ts';
import { register } from '../../../lib/actions/users/register.ts';
import { renew } from '../../../lib/actions/users/renew.ts';
import { signIn } from '../../../lib/actions/users/sign-in.ts';
import { AppError } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/outcome.ts';
import type { Session } from '../../../schema/http/users.ts';
import { aGroup, connectAs, type Person, performed } from '../../support/app.ts';
import { realChance as chance } from '../../support/clock.ts';
import { countedApp } from '../../support/counted.ts';
import { aConnection, aConversation, aUser } from '../../support/ids.ts';

const { app, run, close } = countedApp();
afterAll(close);

let ann: Person;
let bob: Person;
let cid: Person;
beforeEach(async () => {
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
});

test('a ping costs three scripts where it announces another heartbeat', async () => {
  const beat = () => run(() => ping(app, ann, { action: 'ping', every: 60 }));
  const look = { 'ask-look': 1, 'plan-look': 1 };
  expect((await beat()).counts).toEqual({ redis: { gate: 1, ...look }, cassandra: {}, posts: 0 });
  expect((await beat()).counts).toEqual({ redis: { gate: 1 }, cassandra: {}, posts: 0 });
});

describe('a frame over the limit of its connection costs one script', () => {
  const conversation = aConversation();
  const asking: [string, () => Promise<Outcome<unknown>>][] = [
    ['a ping', () => ping(app, ann, { action: 'ping', every: 5 })],
    ['an edit', () => editMessage(app, ann, { action: 'editMessage', conversation, seq: 2, text: 'x' })],
    ['a mark', () => markRead(app, ann, { conversation, seq: 2 })],
    ['typing', () => typing(app, ann, { action: 'typing', conversation, active: true })],
    ['a list to watch', () => watchPresence(app, ann, { action: 'watchPresence', users: [bob.user] })],
  ];
  const isLimited = (reply: unknown) => reply instanceof AppError && reply.code === 'rate-limited';

  test.each(asking)('%s', async (_what, ask) => {
    for (;;) {
      while (!isLimited((await run(() => ping(app, ann, { action: 'ping' }))).reply));
      const { reply, counts } = await run(ask);
      // The window may have passed between the two.
      if (!isLimited(reply)) continue;
      expect(counts).toEqual({ redis: { gate: 1 }, cassandra: {}, posts: 0 });
      return;
    }
  });
});

test('typing costs three scripts where it was told just now', async () => {
  const conversation = await aGroup(app, ann, bob);
  const shown = () => run(() => typing(app, ann, { action: 'typing', conversation, active: true }));
  await shown();
  const asked = { gate: 1, members: 1, typing: 1 };
  expect((await shown()).counts).toEqual({ redis: asked, cassandra: {}, posts: 0 });
});

test('an account costs a name, a user and a device; a sign-in its name and a device; to renew a token, its user', async () => {
  const credentials = { name: `n${chance.id().slice(0, 20)}`, password: 'correct horse' };
  const registered = await run(() => register(app, credentials));
  expect(registered.counts).toEqual({
    redis: {},
    cassandra: {
      'read users_by_name': 1,
      'if users_by_name': 1,
      'write users': 1,
      'write devices_by_user': 1,
    },
    posts: 0,
  });
  expect((await run(() => signIn(app, credentials))).counts).toEqual({
    redis: { take: 1 },
    cassandra: { 'read users_by_name': 1, 'read users': 1, 'write devices_by_user': 1 },
    posts: 0,
  });
  const { user } = registered.reply as Session;
  expect((await run(() => renew(app, { ...ann, user: user.id }))).counts).toEqual({
    redis: {},
    cassandra: { 'read users': 1 },
    posts: 0,
  });
});

describe('a session costs', () => {
  const arrive = async (person: Person) => {
    const epoch = await app.connections.epoch(person.user);
    const fresh = { ...person, connection: aConnection(), epoch };
    const arrived = await run(async () => ({
      reply: await connect(app, fresh, { origin: undefined, allowed: [] }),
    }));
    expect(arrived.reply).toBeUndefined();
    return arrived;
  };

  test('to begin a script, and two scripts more where the sweep must look sooner', async () => {
    const stranger = { ...ann, user: (await connectAs(app)).user };
    expect((await arrive(stranger)).counts).toEqual({
      redis: { register: 1 },
      cassandra: {},
      posts: 0,
    });
    const newcomer = { ...ann, user: aUser() };
    expect((await arrive(newcomer)).counts.redis).toEqual({
      ...{ register: 1, 'ask-look': 1, 'plan-look': 1 },
    });
  });

  test('to go on with a newer token two scripts and the device', async () => {
    const { token } = await app.tokens.issue({ user: ann.user, device: ann.device, role: 'user' });
    expect((await run(() => refreshToken(app, ann, { action: 'refreshToken', token }))).counts).toEqual({
      redis: { gate: 1, refresh: 1 },
      cassandra: { 'read devices_by_user': 1 },
      posts: 0,
    });
  });

  test('to be revoked three scripts and a write', async () => {
    expect((await run(() => revokeDevice(app, ann, ann.device))).counts).toEqual({
      redis: { revoke: 1, 'ask-look': 1, 'plan-look': 1 },
      cassandra: { 'read devices_by_user': 1, 'write devices_by_user': 1 },
      posts: 1,
    });
  });
});

test('a block costs a row and a note, and where the two have talked a change of a member', async () => {
  const unknown = await run(() => block(app, ann, bob.user));
  expect(unknown.counts).toEqual({
    redis: { DEL: 1, hide: 4, take: 1 },
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
