import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { userKeys } from '../../lib/redis/keys.ts';
import { type Strict, startStrict } from '../support/strict.ts';

let local: Strict;
beforeAll(async () => {
  local = await startStrict();
}, 120_000);
afterAll(() => local.stop());

const isOf =
  (type: string, more: object = {}) =>
  (frame: Record<string, unknown>) =>
    frame.type === type && Object.entries(more).every(([name, value]) => frame[name] === value);

describe('through real sockets', () => {
  test('who watches is told who comes, and members see each other typing', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const anns = await local.connect(ann);
    expect(await anns.ask({ action: 'watchPresence', users: [bob.user.id] })).toMatchObject({
      type: 'presence',
      users: [{ user: bob.user.id, online: false }],
    });

    const bobs = await local.connect(bob);
    const told = await anns.next((frame) => frame.type === 'presence' && frame.id === undefined);
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

  test('the sweep says goodbye to who is silent, and closes', async () => {
    const client = await local.connect(await local.register());
    await client.ask({ action: 'ping', every: 1 });
    let over = false;
    const closed = client.closed.then(() => {
      over = true;
    });
    while (!over) {
      await local.sweep();
      await Promise.race([closed, new Promise((resolve) => setImmediate(resolve))]);
    }
    expect(client.frames.find(isOf('goodbye'))).toMatchObject({ code: 'silent', reconnect: true });
  }, 30_000);

  test('a user is one with all devices, and a short drop is not told', async () => {
    const [ann, bob, cid] = [await local.register(), await local.register(), await local.register()];
    const anns = await local.connect(ann);
    const [phone, laptop] = [await local.connect(bob), await local.connect(bob)];
    const users = [bob.user.id];
    expect(await anns.ask({ action: 'watchPresence', users })).toMatchObject({ users: [{ online: true }] });
    await phone.close();
    await local.freeze();
    expect(await anns.ask({ action: 'ping' })).toMatchObject({ presence: [{ online: true }] });
    await laptop.close();
    await local.freeze();
    const back = await local.connect(bob);
    await local.sweep();
    expect(await anns.ask({ action: 'ping' })).toMatchObject({ presence: [{ online: true }] });

    // The list is replaced: of whom it does not name nothing is told any more.
    expect(await anns.ask({ action: 'watchPresence', users: [cid.user.id] })).toMatchObject({
      users: [{ user: cid.user.id, online: false }],
    });
    await back.close();
    const cids = await local.connect(cid);
    const pushed = () => anns.frames.filter((frame) => frame.type === 'presence' && frame.id === undefined);
    await anns.next((frame) => frame.type === 'presence' && frame.id === undefined);
    expect(pushed().flatMap(({ users: told }) => told)).toEqual([{ user: cid.user.id, online: true }]);
    await Promise.all([anns.close(), cids.close()]);
  });

  test('who dies in silence is told of, with when he was last seen, which lasts', async () => {
    const [ann, bob] = [await local.register(), await local.register()];
    const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
    const users = [bob.user.id];
    await anns.ask({ action: 'watchPresence', users });
    const from = Date.now();
    await bobs.ask({ action: 'ping', every: 1 });
    local.loseDisconnects(true);
    local.cut(local.connections().at(-1) ?? '');
    await bobs.closed;
    const isOffline = (frame: Record<string, unknown>) =>
      frame.type === 'presence' && JSON.stringify(frame).includes('"online":false');
    while (!anns.frames.some(isOffline)) await local.sweep();
    local.loseDisconnects(false);
    const { users: told } = await anns.next(isOffline);
    expect(told).toEqual([{ user: bob.user.id, online: false, lastSeen: expect.any(Number) }]);
    expect(told[0].lastSeen).toBeGreaterThanOrEqual(from);

    // Redis forgets it; the table does not.
    const inRedis = new Redis(process.env.PARLEY_REDIS_URL ?? '');
    await inRedis.del(userKeys(bob.user.id).presence);
    inRedis.disconnect();
    const { body } = await local.http('GET', `/v1/presence?users=${users}`, ann);
    expect(body.items).toEqual(told);
    await anns.close();
  }, 60_000);

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
