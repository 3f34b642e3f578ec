import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Frame, openClient } from '../support/client.ts';
import { aKey } from '../support/ids.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(90_000);

/** Everything else here runs on one server. A deployment has a cluster, and bundles that hold a part of its client. */
let local: Strict;
beforeAll(async () => {
  local = await startStrict({
    PARLEY_REDIS_URL: process.env.TEST_CLUSTER_URL ?? '',
    PARLEY_REDIS_CLUSTER: 'true',
  });
});
afterAll(() => local.stop());

const isOf = (type: string, conversation: string) => (frame: Frame) =>
  frame.type === type && frame.conversation === conversation;

test('the bundles do on a cluster what a session is made of', async () => {
  const [ann, bob] = [await local.register(), await local.register()];
  const { status, body } = await local.http('POST', '/v1/tickets', { token: ann.token });
  expect(status).toBe(201);
  const anns = await openClient(local.url, { query: `?ticket=${body.ticket}` });
  const bobs = await local.connect(bob);

  const ack = await anns.ask({ action: 'sendMessage', to: bob.user.id, text: 'hello', key: aKey() });
  expect(ack).toMatchObject({ type: 'ack', seq: 2 });
  const { conversation, seq } = ack;
  expect(await bobs.next(isOf('message.new', conversation))).toMatchObject({ seq, text: 'hello' });
  expect(await bobs.ask({ action: 'markRead', conversation, seq })).toMatchObject({ type: 'receipt' });
  expect(await anns.next(isOf('receipt', conversation))).toMatchObject({ read: seq });
  expect(await bobs.ask({ action: 'typing', conversation, active: true })).toMatchObject({ type: 'ok' });
  expect(await anns.next(isOf('typing', conversation))).toMatchObject({ user: bob.user.id });
  expect(await anns.ask({ action: 'watchPresence', users: [bob.user.id] })).toMatchObject({
    users: [{ user: bob.user.id, online: true }],
  });
  expect(await bobs.ask({ action: 'sync', since: 0 })).toMatchObject({
    conversations: [{ conversation }],
  });
  const page = `/v1/conversations/${encodeURIComponent(conversation)}/messages`;
  expect((await local.http('GET', page, { token: bob.token })).body.items).toMatchObject([
    { seq: 2, text: 'hello' },
    { seq: 1 },
  ]);
  await local.sweep();
  await Promise.all([anns.close(), bobs.close()]);
  await local.freeze();
  for (const level of ['warn', 'error']) expect(local.log()).not.toContain(`"level":"${level}"`);
});
