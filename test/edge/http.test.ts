import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod/mini';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { register } from '../../lib/actions/users/register.ts';
import { onHttp, routesOver } from '../../lib/edge/on-http.ts';
import { CreateConversation, MessagesQuery, Problem } from '../../schema/http/conversations.ts';
import { Credentials } from '../../schema/http/users.ts';
import { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { type TestApp, testApp, withoutRedis } from '../support/app.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { context, httpEvent } from './events.ts';

let app: TestApp;
let lines: string[];
beforeEach(() => {
  app = testApp();
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void jest.restoreAllMocks());

const ask = async (routeKey: string, more: object = {}) => {
  const { open, signedIn } = routesOver(() => app);
  const path = z.object({ id: ConversationId });
  const handler = onHttp({
    'POST /v1/register': open({ body: Credentials }, (uses, { body }) => register(uses, body), 201),
    'POST /v1/conversations': signedIn(
      { body: CreateConversation },
      (uses, caller, { body }) => createConversation(uses, caller, body),
      ({ created }) => (created ? 201 : 200),
    ),
    'GET /v1/conversations/{id}/messages': signedIn({ path, query: MessagesQuery }, (uses, caller, asked) =>
      readMessages(uses, caller, asked.path.id, asked.query),
    ),
    'GET /broken': open({}, async () => {
      throw new TypeError('a secret of ours');
    }),
  });
  const { statusCode, headers, body } = await handler(httpEvent(routeKey, more), context);
  return { status: statusCode, headers, body: JSON.parse(body ?? '') };
};
const credentials = { name: 'Ann', password: 'correct horse' };
const tokenOf = async () => (await register(app, credentials)).reply.token;
const authorized = async () => ({ headers: { authorization: `Bearer ${await tokenOf()}` } });
const messagesOf = 'GET /v1/conversations/{id}/messages';

describe('answers', () => {
  test('are JSON that nobody caches', async () => {
    const answer = await ask('POST /v1/register', { body: JSON.stringify(credentials) });
    expect(answer.status).toBe(201);
    expect(answer.headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(answer.body.user.name).toBe('Ann');
  });

  test('a body may come in base64', async () => {
    const body = Buffer.from(JSON.stringify(credentials)).toString('base64');
    expect(await ask('POST /v1/register', { body, isBase64Encoded: true })).toMatchObject({ status: 201 });
  });

  test('tell what was created from what was found', async () => {
    const asking = {
      ...(await authorized()),
      body: '{"kind":"group","title":"g","members":[],"key":"a-key-of-16-chars"}',
    };
    expect(await ask('POST /v1/conversations', asking)).toMatchObject({ status: 201 });
    expect(await ask('POST /v1/conversations', asking)).toMatchObject({ status: 200 });
  });
});

describe('refusals are RFC 9457 problems', () => {
  const refused = async (routeKey: string, more: object, expected: object) => {
    const answer = await ask(routeKey, more);
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    expect(Problem.safeParse(answer.body).success).toBe(true);
    expect(answer.body.status).toBe(answer.status);
    expect(answer.body).toMatchObject(expected);
    return answer;
  };

  test.each<[string, string, object]>([
    ['no body', '', { code: 'bad-request', status: 400 }],
    ['not JSON', '{', { code: 'bad-request', status: 400 }],
    ['a missing field', '{"name":"Ann"}', { code: 'bad-request', pointer: '/password' }],
    [
      'an unknown field',
      '{"name":"Ann","password":"12345678","x":1}',
      { code: 'bad-request', pointer: '/x' },
    ],
    [
      'a short password',
      '{"name":"Ann","password":"1234567"}',
      { code: 'bad-request', pointer: '/password' },
    ],
    [
      'a long name',
      `{"name":"${'a'.repeat(33)}","password":"12345678"}`,
      { code: 'too-large', status: 413, pointer: '/name' },
    ],
    ['a name of spaces', '{"name":"  ","password":"12345678"}', { code: 'bad-request', pointer: '/name' }],
    [
      'a name with a control character',
      '{"name":"a\\u0007","password":"12345678"}',
      { code: 'bad-request', pointer: '/name' },
    ],
    ['a body over the limit', `"${'x'.repeat(limits.httpBodyBytes)}"`, { code: 'too-large', status: 413 }],
  ])('%s', async (_what, body, expected) => {
    await refused('POST /v1/register', { body }, expected);
  });

  test('no token, or one that is no good', async () => {
    const { headers } = await refused(messagesOf, {}, { code: 'unauthorized', status: 401 });
    expect(headers?.['www-authenticate']).toBe('Bearer');
    await refused(
      messagesOf,
      { headers: { authorization: 'Bearer x' } },
      { code: 'unauthorized', status: 401 },
    );
  });

  test.each(['not-an-id', `g:${'a'.repeat(22)}`])('a conversation that is not mine: %s', async (id) => {
    await refused(
      messagesOf,
      { ...(await authorized()), pathParameters: { id } },
      { code: 'not-found', status: 404 },
    );
  });

  test.each<[Record<string, string>, string]>([
    [{ limit: '0' }, '/limit'],
    [{ limit: '101' }, '/limit'],
    [{ limit: 'x' }, '/limit'],
    [{ before: '-1' }, '/before'],
    [{ month: '2025-13' }, '/month'],
    [{ colour: 'red' }, '/colour'],
    [{ cursor: 'x', before: '1' }, '/cursor'],
  ])('a query of %j', async (queryStringParameters, pointer) => {
    const more = { ...(await authorized()), pathParameters: { id: aConversation() }, queryStringParameters };
    await refused(messagesOf, more, { code: 'bad-request', status: 400, pointer });
  });

  test('too many members', async () => {
    const members = Array.from({ length: limits.members }, aUser);
    const body = JSON.stringify({ kind: 'group', title: 'g', members });
    await refused(
      'POST /v1/conversations',
      { ...(await authorized()), body },
      { code: 'too-large', pointer: '/members' },
    );
  });

  test('what is limited says when to come back', async () => {
    for (let i = 0; i < limits.login.count; i++)
      await ask('POST /v1/register', { body: JSON.stringify(credentials) });
    for (let i = 0; i < 2; i++) await ask('POST /v1/register', { body: JSON.stringify(credentials) });
    const { headers, body } = await refused(
      'POST /v1/register',
      { body: JSON.stringify(credentials) },
      { code: 'rate-limited', status: 429, retryable: true },
    );
    expect(headers?.['retry-after']).toBe(String(Math.ceil(body.retryAfterMs / 1_000)));
  });

  test('too many requests of one address without a token, whatever they ask', async () => {
    const from = (sourceIp: string) => ({ requestContext: { http: { sourceIp } } });
    const knock = (sourceIp: string) => ask('POST /v1/register', { ...from(sourceIp), body: '{}' });
    for (let i = 0; i < limits.strangers.count; i++) expect((await knock('192.0.2.1')).status).toBe(400);
    expect((await knock('192.0.2.1')).body).toMatchObject({ code: 'rate-limited' });
    expect((await knock('2001:db8::1')).status).toBe(400);
    await app.clock.pass(limits.strangers.windowMs);
    expect((await knock('192.0.2.1')).status).toBe(400);
  });

  test('or with a token that is not good', async () => {
    const token = await tokenOf();
    const { user, device } = await app.tokens.verify(token);
    await app.users.revoke(user, device, app.clock.now());
    for (const headers of [{}, { authorization: 'Bearer nonsense' }, { authorization: `Bearer ${token}` }]) {
      const from = { requestContext: { http: { sourceIp: '192.0.2.9' } } };
      const knock = () => ask('POST /v1/conversations', { ...from, headers, body: '{}' });
      for (let i = 0; i < limits.strangers.count; i++) expect((await knock()).status).toBe(401);
      expect((await knock()).body).toMatchObject({ code: 'rate-limited' });
      const signIn = () => ask('POST /v1/register', { ...from, body: '{}' });
      if ('authorization' in headers) expect((await signIn()).status).toBe(400);
      await app.clock.pass(limits.strangers.windowMs);
    }
  });

  test('but not with one that has ended: its client must hear so', async () => {
    const { headers } = await authorized();
    await app.clock.pass(90_000_000);
    for (let i = 0; i <= limits.strangers.count; i++) {
      const { body } = await ask('POST /v1/conversations', { headers, body: '{}' });
      expect(body).toMatchObject({ code: 'token-expired' });
    }
  });

  test('too many requests of one user, from wherever', async () => {
    const { headers } = await authorized();
    const read = () => ask('POST /v1/conversations', { headers, body: '{}' });
    for (let i = 0; i < limits.requests.count; i++) expect((await read()).status).toBe(400);
    expect((await read()).body).toMatchObject({ code: 'rate-limited', status: 429 });
    await app.clock.pass(limits.requests.windowMs);
    expect((await read()).status).toBe(400);
  });

  test('as many by this container alone, while Redis is away', async () => {
    const { headers } = await authorized();
    app = withoutRedis(app);
    const read = () => ask('POST /v1/conversations', { headers, body: '{}' });
    for (let i = 0; i < limits.requests.count; i++) expect((await read()).status).toBe(400);
    expect((await read()).body).toMatchObject({ code: 'rate-limited' });
  });

  test('no such route', async () => {
    await refused('GET /nope', {}, { code: 'not-found', status: 404 });
  });

  test('a fault of ours keeps its words to itself', async () => {
    const { body } = await refused('GET /broken', {}, { code: 'internal', status: 500, retryable: true });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(lines.join()).not.toContain('secret');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'error', cause: ['TypeError'] }),
    );
  });
});
