import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { inLanes } from '../../lib/lanes.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import { openClient, refusedWith } from '../support/client.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { realCassandra, startOwnRedis, unconditional, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { signedFor } from '../support/tokens.ts';

jest.setTimeout(60_000);

const strangers = 30;

let redis: RedisServer;
let parley: Strict;
beforeAll(async () => {
  // Its own, for the factor is everybody's.
  redis = await startOwnRedis('limits');
  parley = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_SENDS_BY_ROLE: '{"slow":1}',
    PARLEY_FRAMES_PER_SECOND: '10',
    PARLEY_STRANGER_REQUESTS: String(strangers),
  });
});
afterAll(async () => {
  await parley.stop();
  await redis.stop();
});

const refusedLater = expect.objectContaining({
  code: 'rate-limited',
  retryable: true,
  retryAfterMs: expect.any(Number),
});

test('sends are limited by the role in the token, times the factor that an operator sets', async () => {
  const [ann, bob] = [await parley.register(), await parley.register()];
  const client = await parley.connect(await signedFor(parley, ann, { role: 'slow' }));
  const say = () => client.ask({ action: 'sendMessage', to: bob.user.id, text: 'hello' });
  /** How many are accepted in one window: at once, so that no second window helps. */
  const accepted = async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, say));
    const refused = answers.filter(({ type }) => type !== 'ack');
    for (const one of refused) expect(one).toEqual(refusedLater);
    return answers.length - refused.length;
  };
  await say();
  expect(await accepted()).toBeLessThan(4);
  await parley.invoke('operate', { factor: 100 });
  // Containers go by the factor that they have read for up to 10 s.
  await parley.freeze({ forMs: 10_000 });
  expect(await accepted()).toBe(4);
  await parley.invoke('operate', { factor: 1 });
  await parley.freeze({ forMs: 10_000 });
  expect(await accepted()).toBeLessThan(4);
  await client.close();
});

test('frames of one connection are limited whatever they ask, and those of another are not', async () => {
  const ann = await parley.register();
  const [loud, other] = [await parley.connect(ann), await parley.connect(ann)];
  const answers = await Promise.all(Array.from({ length: 60 }, () => loud.ask({ action: 'ping' })));
  expect(answers).toContainEqual(refusedLater);
  expect(await other.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  await Promise.all([loud.close(), other.close()]);
});

test('handshakes of one user are limited', async () => {
  const ann = await parley.register();
  const options = { headers: { authorization: `Bearer ${ann.token}` } };
  for (let i = 0; i < limits.connects.count; i++) await (await openClient(parley.url, options)).close();
  expect(await refusedWith(parley.url, options)).toBe(429);
});

test('a conversation has so many members, and a user so many groups', async () => {
  const [ann, bob] = [await parley.register(), await parley.register()];
  const found = (members: UserId[], title = 'a group') =>
    parley.http('POST', '/v1/conversations', { token: ann.token, body: { kind: 'group', title, members } });
  const crowd = Array.from({ length: limits.members }, aUser);
  expect((await found(crowd)).body).toMatchObject({ code: 'too-large', pointer: '/members' });
  const long = await found([], 'x'.repeat(limits.titleCharacters + 1));
  expect(long.body).toMatchObject({ code: 'too-large', pointer: '/title' });

  const { id } = (await found([])).body;
  const cassandra = realCassandra();
  const members = cassandraMembers(unconditional(cassandra));
  const groups = Array.from({ length: limits.groupsPerUser }, () => aConversation() as ConversationId);
  const member = { user: bob.user.id, role: 'member' as const, version: 1 };
  await inLanes(32, groups, (conversation) => members.add(conversation, member, undefined));
  await cassandra.close();
  const adding = { token: ann.token, body: { user: bob.user.id } };
  expect((await parley.http('POST', `/v1/conversations/${id}/members`, adding)).body).toMatchObject({
    code: 'too-large',
  });
  expect((await found([bob.user.id])).body).toMatchObject({ code: 'too-large', pointer: '/members/0' });
});

test('the 501st member is let in neither by who adds nor by joining, until somebody goes', async () => {
  const [ann, bob, cid] = [await parley.register(), await parley.register(), await parley.register()];
  const path = '/v1/conversations';
  const founding = { token: ann.token, body: { kind: 'room', title: 'full' } };
  const { id } = (await parley.http('POST', path, founding)).body;
  const cassandra = realCassandra();
  const rows = cassandraMembers(unconditional(cassandra));
  const crowd = Array.from({ length: limits.members - 1 }, aUser);
  await inLanes(32, crowd, (user) => rows.add(id, { user, role: 'member', version: 1 }, undefined));
  await cassandra.close();

  const members = `${path}/${id}/members`;
  const adding = { token: ann.token, body: { user: cid.user.id } };
  const tooLarge = { code: 'too-large', retryable: false };
  expect((await parley.http('POST', members, adding)).body).toMatchObject(tooLarge);
  const client = await parley.connect(bob);
  expect(await client.ask({ action: 'join', conversation: id })).toMatchObject(tooLarge);
  const removed = await parley.http('DELETE', `${members}/${crowd[0]}`, { token: ann.token });
  expect(removed.status).toBe(200);
  expect(await client.ask({ action: 'join', conversation: id })).toMatchObject({ type: 'ack' });
  await client.close();
});

test('a list of members comes in pages', async () => {
  const sessions = [];
  while (sessions.length < 5) sessions.push(await parley.register());
  const [ann, ...others] = sessions;
  const members = others.map(({ user }) => user.id);
  const { id } = (
    await parley.http('POST', '/v1/conversations', {
      ...(ann && { token: ann.token }),
      body: { kind: 'group', title: 'five', members },
    })
  ).body;
  const listed: string[] = [];
  let query = '?limit=2';
  for (;;) {
    const { body } = await parley.http('GET', `/v1/conversations/${id}/members${query}`, ann);
    expect(body.items.length).toBeLessThanOrEqual(2);
    listed.push(...body.items.map(({ user }: { user: string }) => user));
    if (!body.next) break;
    query = `?limit=2&cursor=${body.next}`;
  }
  expect(listed.sort()).toEqual(sessions.map(({ user }) => user.id).sort());
});

test.each([
  ['by user', '/v1/me', limits.requests.count, true],
  ['without a token by address', '/.well-known/jwks.json', strangers, false],
])('HTTP requests are limited %s', async (_how, path, count, isSignedIn) => {
  const { token } = await parley.register();
  const ask = () => parley.http('GET', path, isSignedIn ? { token } : {});
  const refused = [];
  while (refused.length === 0) {
    const burst = Array.from({ length: 2 * count }, ask);
    refused.push(...(await Promise.all(burst)).filter(({ status }) => status !== 200));
  }
  for (const { status, body, headers } of refused) {
    expect(status).toBe(429);
    expect(body).toEqual(refusedLater);
    expect(body.detail).toBe('unable to answer; too many requests');
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(body.retryAfterMs / 1_000));
  }
});
