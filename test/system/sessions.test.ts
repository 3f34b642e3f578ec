import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Session } from '../../schema/http/users.ts';
import type { Client } from '../support/client.ts';
import { type Strict, startStrict } from '../support/strict.ts';

let local: Strict;
let ann: Session;
let bob: Session;
beforeAll(async () => {
  local = await startStrict();
  [ann, bob] = [await local.register(), await local.register()];
});
afterAll(() => local.stop());

const goodbyeOf = (client: Client) => client.next(({ type }) => type === 'goodbye');
// biome-ignore lint/suspicious/noExplicitAny: the answers of all commands
const operate = (command: object): Promise<any> => local.invoke('operate', command);

test('a revoked device is told and closed, and comes in nowhere', async () => {
  const { body } = await local.http('POST', '/v1/tokens', {
    body: { name: ann.user.name, password: 'correct horse' },
  });
  const [phone, tablet] = [await local.connect(ann), await local.connect(body)];
  const { items } = (await local.http('GET', '/v1/devices', { token: ann.token })).body;
  expect(items).toMatchObject([{ connections: 1 }, { connections: 1, current: true }]);
  const path = `/v1/devices/${items[0].id}`;
  expect(await local.http('DELETE', path, { token: ann.token })).toMatchObject({ status: 200, body: {} });
  expect(await goodbyeOf(tablet)).toMatchObject({ code: 'revoked', reconnect: false });
  await tablet.closed;
  expect(await local.http('GET', '/v1/me', { token: body.token })).toMatchObject({
    status: 401,
    body: { code: 'revoked' },
  });
  expect(await phone.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  await phone.close();
});

test('a token is refreshed in band', async () => {
  const phone = await local.connect(ann);
  expect(await phone.ask({ action: 'refreshToken', token: ann.token })).toMatchObject({
    type: 'ok',
    expiresAt: ann.expiresAt,
  });
  expect(await phone.ask({ action: 'refreshToken', token: bob.token })).toMatchObject({
    type: 'error',
    code: 'forbidden',
  });
  await phone.close();
});

test('a block is set, holds, and is taken away', async () => {
  const phone = await local.connect(bob);
  const say = () => phone.ask({ action: 'sendMessage', to: ann.user.id, text: 'hello' });
  expect(await say()).toMatchObject({ type: 'ack' });
  const path = `/v1/blocks/${bob.user.id}`;
  expect(await local.http('PUT', path, { token: ann.token })).toMatchObject({ status: 200 });
  expect(await say()).toMatchObject({ type: 'error', code: 'blocked' });
  const { body } = await local.http('GET', '/v1/blocks', { token: ann.token });
  expect(body).toEqual({ items: [bob.user] });
  expect(await local.http('DELETE', path, { token: ann.token })).toMatchObject({ status: 200 });
  expect(await say()).toMatchObject({ type: 'ack' });
  await phone.close();
});

test('an operator kicks, drains and sets a factor', async () => {
  const [phone, laptop] = [await local.connect(ann), await local.connect(bob)];
  expect(await operate({ kick: { user: ann.user.id } })).toEqual({ closed: 1 });
  expect(await goodbyeOf(phone)).toMatchObject({ code: 'kicked', reconnect: false });
  await phone.closed;

  const { asked, before } = await operate({ drain: { overMs: 1_000 } });
  expect(asked).toBeGreaterThanOrEqual(1);
  expect(await goodbyeOf(laptop)).toMatchObject({ code: 'draining', reconnect: true });
  await operate({ drain: { before } });
  await laptop.closed;

  expect(await operate({ factor: 1 })).toEqual({ factor: 1 });
  expect(await operate({ factor: 0 })).toMatchObject({ code: 'bad-request', retryable: false });
});
