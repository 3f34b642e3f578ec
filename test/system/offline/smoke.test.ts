import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Action, actions } from '../../../schema/actions.ts';
import type { Session } from '../../../schema/http/users.ts';
import { limits } from '../../../schema/limits.ts';
import { type Client, type Frame, openClient } from '../../support/client.ts';
import { type Local, startLocal } from '../../support/local.ts';

jest.setTimeout(60_000);

/** Every action once through serverless-offline, as `npm start` runs it; the rest is tested on the strict gateway. */
let local: Local;
let ann: Session;
let bob: Session;
let client: Client;
let group: string;
let room: string;
let seq: number;

const open = async (token: string, body: object) =>
  (await local.http('POST', '/v1/conversations', { token, body })).body.id;

beforeAll(async () => {
  local = await startLocal('smoke', { PARLEY_SENDS_PER_SECOND: '100' });
  [ann, bob] = [await local.register(), await local.register()];
  client = await local.connect(ann);
  group = await open(ann.token, { kind: 'group', title: 'a group', members: [bob.user.id] });
  room = await open(bob.token, { kind: 'room', title: 'a room' });
  const ack = await client.ask({ action: 'sendMessage', conversation: group, text: 'hello' });
  seq = ack.seq;
});
afterAll(async () => {
  await client.close();
  await local.stop();
});

const asked: Record<Action, () => { frame: Frame; answer: string }> = {
  sendMessage: () => ({ frame: { conversation: group, text: 'again' }, answer: 'ack' }),
  editMessage: () => ({ frame: { conversation: group, seq, text: 'hello, all' }, answer: 'ack' }),
  react: () => ({ frame: { conversation: group, seq, emoji: '👍' }, answer: 'ack' }),
  deleteMessage: () => ({ frame: { conversation: group, seq }, answer: 'ack' }),
  join: () => ({ frame: { conversation: room }, answer: 'ack' }),
  leave: () => ({ frame: { conversation: room }, answer: 'ack' }),
  markDelivered: () => ({ frame: { conversation: group, seq }, answer: 'receipt' }),
  markRead: () => ({ frame: { conversation: group, seq }, answer: 'receipt' }),
  typing: () => ({ frame: { conversation: group, active: true }, answer: 'ok' }),
  watchPresence: () => ({ frame: { users: [bob.user.id] }, answer: 'presence' }),
  sync: () => ({ frame: { since: 0 }, answer: 'sync' }),
  refreshToken: () => ({ frame: { token: ann.token }, answer: 'ok' }),
  ping: () => ({ frame: {}, answer: 'pong' }),
  help: () => ({ frame: {}, answer: 'help' }),
};

test.each(Object.keys(asked) as Action[])('%s', async (action) => {
  const { frame, answer } = asked[action]();
  expect(await client.ask({ action, ...frame })).toMatchObject({ type: answer });
});

test('the older form, on a connection opened for a conversation with a ticket', async () => {
  const { body } = await local.http('POST', '/v1/tickets', { token: ann.token });
  const query = `?conversation=${group}&ticket=${body.ticket}`;
  const older = await openClient(local.url, { query });
  const { seq: said } = await older.ask({ event: 'message:message', message: 'as it was' });
  expect(await older.ask({ event: 'message:edit', message: 'as it is' })).toMatchObject({ type: 'ack' });
  expect(await older.ask({ event: 'message:delete', seq: said })).toMatchObject({ type: 'ack' });
  const page = await local.http('GET', `/v1/conversations/${group}/messages`, { token: bob.token });
  expect(page.body.items[0]).toMatchObject({ seq: said, deleted: true, text: '' });
  await older.close();
});

// On AWS, and on the strict gateway, the connection ends for these.
test.each([
  ['a binary frame', Buffer.from([1, 2, 3]), 'bad-frame'],
  ['a frame over 32 KB', { action: 'ping', text: 'x'.repeat(limits.frameBytes) }, 'too-large'],
])('%s is answered where no gateway stops it', async (_what, frame, code) => {
  client.send(frame);
  expect(await client.next((one) => one.code === code)).toMatchObject({ type: 'error', retryable: false });
  expect(await client.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
});

test('there is no other action', () => {
  expect(Object.keys(asked).sort()).toEqual(Object.keys(actions).sort());
});
