import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisBeats } from '../../lib/beats/redis.ts';
import { dueAt, rules } from '../../lib/presence/rules.ts';
import { userKeys } from '../../lib/redis/keys.ts';
import type { Session } from '../../schema/http/users.ts';
import type { ConnectionId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import { type Client, type Frame, refusedWith } from '../support/client.ts';
import { realClock } from '../support/clock.ts';
import { realRedis, startOwnRedis, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { signedFor } from '../support/tokens.ts';

jest.setTimeout(60_000);

let redis: RedisServer;
let inRedis: Redis;
let local: Strict;
let ann: Session;
let bob: Session;
beforeAll(async () => {
  // Its own, for a drain reaches everybody.
  redis = await startOwnRedis('sessions');
  inRedis = new Redis(redis.port);
  local = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_FRAMES_PER_SECOND: '1000',
    PARLEY_STRANGER_REQUESTS: '1000',
  });
  [ann, bob] = [await local.register(), await local.register()];
});
afterAll(async () => {
  await local.stop();
  inRedis.disconnect();
  await redis.stop();
});

const goodbyeOf = (client: Client) => client.next(({ type }) => type === 'goodbye');
// biome-ignore lint/suspicious/noExplicitAny: the answers of all commands
const operate = (command: object): Promise<any> => local.invoke('operate', command);

/** Another device of a user. */
const signIn = async ({ user }: Session): Promise<Session> =>
  (await local.http('POST', '/v1/tokens', { body: { name: user.name, password: 'correct horse' } })).body;
const deviceOf = async ({ token }: Session): Promise<string> =>
  (await local.http('GET', '/v1/me', { token })).body.device;
const isText = (text: string) => (frame: Frame) => frame.type === 'message.new' && frame.text === text;

test('a revoked device is told and closed, and comes in nowhere', async () => {
  const other = await signIn(ann);
  const [phone, tablet] = [await local.connect(ann), await local.connect(other)];
  const { items } = (await local.http('GET', '/v1/devices', { token: ann.token })).body;
  expect(items).toMatchObject([{ connections: 1 }, { connections: 1, current: true }]);
  const path = `/v1/devices/${items[0].id}`;
  expect(await local.http('DELETE', path, { token: ann.token })).toMatchObject({ status: 200, body: {} });
  expect(await goodbyeOf(tablet)).toMatchObject({ code: 'revoked', reconnect: false });
  await tablet.closed;
  expect(await local.http('GET', '/v1/me', { token: other.token })).toMatchObject({
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

test('a token is renewed without a password while it is good, and the connection goes on with it', async () => {
  const cid = await local.register();
  const phone = await local.connect(cid);
  const renew = ({ token }: { token: string }) => local.http('POST', '/v1/tokens/renew', { token });
  const { status, body } = await renew(cid);
  expect([status, body.user]).toEqual([201, cid.user]);
  expect(await phone.ask({ action: 'refreshToken', token: body.token })).toMatchObject({
    type: 'ok',
    expiresAt: body.expiresAt,
  });
  const path = `/v1/devices/${await deviceOf(body)}`;
  expect(await local.http('DELETE', path, { token: cid.token })).toMatchObject({ status: 200 });
  await phone.closed;
  for (const one of [cid, body])
    expect(await renew(one)).toMatchObject({ status: 401, body: { code: 'revoked' } });
});

test('a block is set, holds, and is taken away', async () => {
  const phone = await local.connect(bob);
  const say = () => phone.ask({ action: 'sendMessage', to: ann.user.id, text: 'hello' });
  expect(await say()).toMatchObject({ type: 'ack' });
  const path = `/v1/blocks/${bob.user.id}`;
  expect(await local.http('PUT', path, { token: ann.token })).toMatchObject({ status: 200 });
  expect(await say()).toMatchObject({ type: 'error', code: 'blocked' });
  const hers = await local.connect(ann);
  for (const [client, other] of [
    [phone, ann],
    [hers, bob],
  ] as const) {
    expect(await client.ask({ action: 'watchPresence', users: [other.user.id] })).toMatchObject({
      users: [{ user: other.user.id, online: false }],
    });
  }
  await hers.close();
  const { body } = await local.http('GET', '/v1/blocks', { token: ann.token });
  expect(body).toEqual({ items: [bob.user] });
  expect(await local.http('DELETE', path, { token: ann.token })).toMatchObject({ status: 200 });
  expect(await say()).toMatchObject({ type: 'ack' });
  await phone.close();
});

test('what Redis forgets brings no revoked session back', async () => {
  const [cid, other] = [await local.register(), await local.register()];
  const lost = await signIn(cid);
  const [tablet, hers] = [await local.connect(lost), await local.connect(other)];
  const { conversation } = await tablet.ask({ action: 'sendMessage', to: other.user.id, text: 'hello' });
  const device = await deviceOf(lost);
  // Nobody knows any more what there is to close.
  await inRedis.flushall();
  await local.http('DELETE', `/v1/devices/${device}`, { token: cid.token });
  await inRedis.flushall();
  for (const action of ['sendMessage', 'editMessage', 'react', 'deleteMessage', 'sync', 'refreshToken']) {
    const of: Record<string, object> = {
      sendMessage: { conversation, text: 'x' },
      editMessage: { conversation, seq: 2, text: 'x' },
      react: { conversation, seq: 2, emoji: '👍' },
      deleteMessage: { conversation, seq: 2 },
      sync: { since: 0 },
      refreshToken: { token: lost.token },
    };
    expect(await tablet.ask({ action, ...of[action] })).toMatchObject({ code: 'revoked' });
  }
  expect(await tablet.ask({ action: 'ping' })).toMatchObject({ code: 'unknown-connection' });
  const headers = { authorization: `Bearer ${lost.token}` };
  expect(await refusedWith(local.url, { headers })).toBe(403);
  const phone = await local.connect(cid);
  await hers.ask({ action: 'sendMessage', conversation, text: 'for the phone' });
  await phone.next(isText('for the phone'));
  expect(tablet.frames.filter(isText('for the phone'))).toEqual([]);
  await Promise.all([phone, tablet, hers].map((client) => client.close()));
});

test('a token that ends stops sends and pushes at once, and a newer one lets them go on', async () => {
  const [cid, dan] = [await local.register(), await local.register()];
  const [his, other] = [
    await local.connect(await signedFor(local, cid, { lifeSeconds: 2 })),
    await local.connect(dan),
  ];
  const { conversation } = await other.ask({
    action: 'sendMessage',
    to: cid.user.id,
    text: 'while it is good',
  });
  await his.next(isText('while it is good'));
  // So many frames are limited too, each for as long as the answer says.
  const asked = async (frame: Frame): Promise<Frame> => {
    const answer = await his.ask(frame);
    if (answer.code !== 'rate-limited') return answer;
    await realClock.pause(answer.retryAfterMs);
    return asked(frame);
  };
  let code: string | undefined;
  while (code !== 'token-expired') code = (await asked({ action: 'ping' })).code;
  expect(await asked({ action: 'sendMessage', conversation, text: 'x' })).toMatchObject({ code });
  await other.ask({ action: 'sendMessage', conversation, text: 'after its end' });
  expect(await asked({ action: 'refreshToken', token: cid.token })).toMatchObject({
    type: 'ok',
    expiresAt: cid.expiresAt,
  });
  await other.ask({ action: 'sendMessage', conversation, text: 'with the newer' });
  await his.next(isText('with the newer'));
  expect(his.frames.filter(isText('after its end'))).toEqual([]);
  expect(await asked({ action: 'sendMessage', conversation, text: 'x' })).toMatchObject({ type: 'ack' });
  await Promise.all([his.close(), other.close()]);
});

test('who does not refresh is told goodbye by the sweep', async () => {
  const client = await local.connect(await signedFor(local, await local.register(), { lifeSeconds: 1 }));
  let over = false;
  void client.closed.then(() => {
    over = true;
  });
  while (!over) await local.sweep();
  expect(client.frames).toMatchObject([{ type: 'goodbye', code: 'expired', reconnect: true }]);
});

const never = Number.POSITIVE_INFINITY;
/** How long a connection lives before it is asked to make room. */
const lifeOf = (connection: ConnectionId): number => {
  const born = { connection, since: 0, last: 0, every: 0, expiresAt: never };
  return dueAt({ ...rules, lookMs: never, quietMs: never }, born, 0);
};

/** Makes the connections of a user as old, as Redis knows them, as their life and so much more; then it is time to look. */
const age = async (user: UserId, beyondMs: number) => {
  const { connections } = userKeys(user);
  for (const [connection, known] of Object.entries(await inRedis.hgetall(connections))) {
    const [since, ...rest] = known.split(' ');
    const older = Number(since) - lifeOf(connection as ConnectionId) - beyondMs;
    await inRedis.hset(connections, connection, [older, ...rest].join(' '));
  }
  const client = realRedis(urlOf(redis));
  await redisBeats({ redis: client }).ask(user, { inMs: 0, brisk: false });
  await client.close();
};

test('before the 2 h are over a client is asked to come back, and loses nothing by it', async () => {
  const [cid, dan] = [await local.register(), await local.register()];
  const [first, other] = [await local.connect(cid), await local.connect(dan)];
  const texts: string[] = [];
  let isOver = false;
  const { conversation } = await other.ask({ action: 'sendMessage', to: cid.user.id, text: 'hello' });
  const talking = (async () => {
    while (!isOver) {
      const text = `number ${texts.length}`;
      const ack = await other.ask({ action: 'sendMessage', conversation, text });
      if (ack.type === 'ack') texts.push(text);
    }
  })();
  await age(cid.user.id, rules.farewellMs / 4);
  await local.sweep();
  const goodbye = await goodbyeOf(first);
  expect(goodbye).toMatchObject({ code: 'lifetime', reconnect: true, afterMs: expect.any(Number) });
  expect(await first.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  const second = await local.connect(cid);
  // From the first that comes here on, all do.
  await second.next(({ type }) => type === 'message.new');
  await first.close();
  isOver = true;
  await talking;
  await second.next(isText(texts.at(-1) ?? ''));
  const heard = [...first.frames, ...second.frames].filter(({ type }) => type === 'message.new');
  const bySeq = new Map(heard.map((frame) => [frame.seq, frame.text]));
  expect([...bySeq].sort(([one], [two]) => one - two).map(([, text]) => text)).toEqual(['hello', ...texts]);

  // Who does not go is closed.
  await age(cid.user.id, rules.farewellMs);
  await local.sweep();
  expect(await goodbyeOf(second)).toMatchObject({ code: 'lifetime', reconnect: true });
  await second.closed;
  await other.close();
});

test('over the cap of connections the oldest is told goodbye', async () => {
  const cid = await local.register();
  const clients: Client[] = [];
  while (clients.length < limits.connectionsPerUser) clients.push(await local.connect(cid));
  const [oldest, next] = clients as [Client, Client];
  clients.push(await local.connect(cid));
  expect(await goodbyeOf(oldest)).toMatchObject({ code: 'too-many', reconnect: false });
  await oldest.closed;
  expect(await next.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  expect(next.frames.filter(({ type }) => type === 'goodbye')).toEqual([]);
  await Promise.all(clients.slice(1).map((client) => client.close()));
});

test('an operator kicks one connection, or those of a device', async () => {
  const cid = await local.register();
  const tablet = await signIn(cid);
  const clients = [await local.connect(cid), await local.connect(tablet), await local.connect(cid)];
  const [first, second, third] = clients as [Client, Client, Client];
  const connection = local.connections().at(-1);
  const user = cid.user.id;
  expect(await operate({ kick: { user, connection } })).toEqual({ closed: 1 });
  expect(await goodbyeOf(third)).toMatchObject({ code: 'kicked', reconnect: false });
  await third.closed;
  expect(await operate({ kick: { user, device: await deviceOf(tablet) } })).toEqual({ closed: 1 });
  await second.closed;
  expect(await first.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  await first.close();
});

test('an operator kicks, drains and sets a factor', async () => {
  const phone = await local.connect(ann);
  const laptops: Client[] = [];
  while (laptops.length < 8) laptops.push(await local.connect(bob));
  expect(await operate({ kick: { user: ann.user.id } })).toEqual({ closed: 1 });
  expect(await goodbyeOf(phone)).toMatchObject({ code: 'kicked', reconnect: false });
  await phone.closed;

  const { asked, before } = await operate({ drain: { overMs: 60_000 } });
  expect(asked).toBeGreaterThanOrEqual(laptops.length);
  const goodbyes = await Promise.all(laptops.map(goodbyeOf));
  for (const goodbye of goodbyes) {
    expect(goodbye).toMatchObject({ code: 'draining', reconnect: true });
    expect(goodbye.afterMs).toBeGreaterThanOrEqual(0);
    expect(goodbye.afterMs).toBeLessThanOrEqual(60_000);
  }
  expect(new Set(goodbyes.map(({ afterMs }) => afterMs)).size).toBeGreaterThan(1);
  const again = await local.connect(bob);
  await operate({ drain: { before } });
  await Promise.all(laptops.map(({ closed }) => closed));
  expect(await again.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  await again.close();

  expect(await operate({ factor: 1 })).toEqual({ factor: 1 });
  expect(await operate({ factor: 0 })).toMatchObject({ code: 'bad-request', retryable: false });
});

test('the command of an operator asks everybody to go, waits, and closes who stayed', async () => {
  const asked: { url: string | undefined; command: object }[] = [];
  // The local Lambda API.
  const answer = async (request: IncomingMessage) => {
    const command = (await json(request)) as object;
    asked.push({ url: request.url, command });
    return JSON.stringify(await operate(command));
  };
  const server = createServer((request, response) => {
    void answer(request).then((said) => response.end(said));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const env = { ...process.env, PARLEY_LAMBDA_PORT: String((server.address() as AddressInfo).port) };
  const run = (...given: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../scripts/operate.ts'), ...given], {
      env,
    });
  try {
    const client = await local.connect(bob);
    const { stdout } = await run('drain', '20');
    const [{ before }, done] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(asked).toEqual(
      [{ overMs: 20 }, { before }].map((drain) => ({
        url: '/2015-03-31/functions/parley-dev-operate/invocations',
        command: { drain },
      })),
    );
    expect(done.closed).toBeGreaterThanOrEqual(1);
    await client.closed;
    expect(client.frames).toMatchObject([{ code: 'draining' }, { code: 'draining' }]);
    expect(client.frames[0]?.afterMs).toBeLessThanOrEqual(20);
    await expect(run('factor', '0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('bad-request'),
    });
  } finally {
    server.close();
  }
});

test('who is silent is cut off by the gateway, and who has come back before the wall loses nothing by it', async () => {
  const short = await startStrict(
    { PARLEY_REDIS_URL: urlOf(redis), PARLEY_SENDS_PER_SECOND: '1000' },
    { limits: { idleMs: 1_000, connectionMs: 4_000 } },
  );
  const [cid, dan, eve] = [await short.register(), await short.register(), await short.register()];
  const { id } = (
    await short.http('POST', '/v1/conversations', {
      token: dan.token,
      body: { kind: 'direct', with: cid.user.id },
    })
  ).body;
  const texts: string[] = [];
  // So many requests are limited too.
  const say = async (text: string): Promise<unknown> => {
    const posting = { token: dan.token, body: { text } };
    const { status } = await short.http('POST', `/v1/conversations/${id}/messages`, posting);
    return status === 201 ? texts.push(text) : say(text);
  };
  const silent = await short.connect(eve);
  const first = await short.connect(cid);
  let wall: number | undefined;
  void first.closed.then(({ code }) => {
    wall = code;
  });
  // What is pushed keeps the connections.
  const talking = (async () => {
    for (let i = 0; wall === undefined; i++) await say(`number ${i}`);
  })();
  await age(cid.user.id, rules.farewellMs / 4);
  await short.sweep();
  expect(await goodbyeOf(first)).toMatchObject({ code: 'lifetime', reconnect: true });
  const second = await short.connect(cid);
  // It has asked for the next one and does not go: the gateway ends it.
  await talking;
  expect(wall).toBe(1001);
  await say('after the wall');
  await second.next(isText('after the wall'));
  const heard = [...first.frames, ...second.frames].filter(({ type }) => type === 'message.new');
  const bySeq = new Map(heard.map((frame) => [frame.seq, frame.text]));
  expect([...bySeq].sort(([one], [two]) => one - two).map(([, text]) => text)).toEqual(texts);

  expect(await silent.closed).toEqual({ code: 1001 });
  const { connections } = userKeys(eve.user.id);
  while ((await inRedis.hlen(connections)) > 0);
  await second.close();
  await short.stop();
});
