import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
});
