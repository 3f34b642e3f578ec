import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { generateKeyPair, SignJWT } from 'jose';
import * as z from 'zod/mini';
import { refreshToken } from '../../lib/actions/connections/refresh-token.ts';
import { typing } from '../../lib/actions/connections/typing.ts';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { join } from '../../lib/actions/members/join.ts';
import { leave } from '../../lib/actions/members/leave.ts';
import { listMembers } from '../../lib/actions/members/list.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { markDelivered, markRead } from '../../lib/actions/receipts/mark.ts';
import { readReceipts } from '../../lib/actions/receipts/read.ts';
import { sync } from '../../lib/actions/sync/sync.ts';
import { authorize } from '../../lib/actions/users/authorize.ts';
import { register } from '../../lib/actions/users/register.ts';
import { signIn } from '../../lib/actions/users/sign-in.ts';
import { onAuthorize } from '../../lib/edge/on-authorize.ts';
import { onFrames } from '../../lib/edge/on-frame.ts';
import { onHttp, routesOver } from '../../lib/edge/on-http.ts';
import { directId } from '../../lib/entries/create.ts';
import * as shapes from '../../schema/frames.ts';
import {
  CreateConversation,
  MessagesQuery,
  PageQuery,
  ReceiptsQuery,
} from '../../schema/http/conversations.ts';
import { Credentials } from '../../schema/http/users.ts';
import { ConnectionId, ConversationId, DeviceId, Key, UserId } from '../../schema/ids.ts';
import { aGroup, connectAs, type Person, type TestApp, testApp } from '../support/app.ts';
import { aConversation } from '../support/ids.ts';
import { context, frameEvent, httpEvent } from './events.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let lines: string[];
beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void jest.restoreAllMocks());

const say = async (person: Person, body: unknown) => {
  const handler = onFrames(
    {
      sendMessage: [shapes.SendMessage, sendMessage],
      editMessage: [shapes.EditMessage, editMessage],
      deleteMessage: [shapes.DeleteMessage, deleteMessage],
      react: [shapes.React, react],
      join: [shapes.Join, join],
      leave: [shapes.Leave, leave],
      markRead: [shapes.MarkRead, markRead],
      markDelivered: [shapes.MarkDelivered, markDelivered],
      typing: [shapes.Typing, typing],
      sync: [shapes.Sync, sync],
      refreshToken: [shapes.RefreshToken, refreshToken],
    },
    () => app,
  );
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { body: answer } = await handler(frameEvent(person, text), context);
  return JSON.parse(answer ?? '');
};

const ask = async (routeKey: string, more: object = {}) => {
  const { open, signedIn } = routesOver(() => app);
  const path = z.object({ id: ConversationId });
  const handler = onHttp({
    'POST /v1/register': open({ body: Credentials }, (uses, { body }) => register(uses, body), 201),
    'POST /v1/tokens': open({ body: Credentials }, (uses, { body }) => signIn(uses, body), 201),
    'POST /v1/conversations': signedIn({ body: CreateConversation }, (uses, caller, { body }) =>
      createConversation(uses, caller, body),
    ),
    'GET /v1/conversations/{id}/messages': signedIn({ path, query: MessagesQuery }, (uses, caller, asked) =>
      readMessages(uses, caller, asked.path.id, asked.query),
    ),
    'GET /v1/conversations/{id}/members': signedIn({ path, query: PageQuery }, (uses, caller, asked) =>
      listMembers(uses, caller, asked.path.id, asked.query),
    ),
    'GET /v1/conversations/{id}/receipts': signedIn({ path, query: ReceiptsQuery }, (uses, caller, asked) =>
      readReceipts(uses, caller, asked.path.id, asked.query),
    ),
  });
  const { statusCode, body } = await handler(httpEvent(routeKey, more), context);
  return { status: statusCode, body: JSON.parse(body ?? '') };
};
const tokenOf = async ({ user, device, role }: Person) =>
  (await app.tokens.issue({ user, device, role })).token;
const headersOf = async (person: Person) => ({ authorization: `Bearer ${await tokenOf(person)}` });

describe('what exists and is not mine is like what does not exist', () => {
  const actions: [string, object][] = [
    ['sendMessage', { text: 'hello' }],
    ['editMessage', { seq: 2, text: 'hello' }],
    ['deleteMessage', { seq: 2 }],
    ['react', { seq: 2, emoji: '👍' }],
    ['join', {}],
    ['leave', {}],
    ['markRead', { seq: 1 }],
    ['markDelivered', { seq: 1 }],
    ['typing', { active: true }],
  ];

  test.each(actions)(
    'by %s: a group of others, their direct conversation, and none',
    async (action, more) => {
      const cid = await connectAs(app);
      const group = await aGroup(app, bob, cid);
      const direct = directId(bob.user, cid.user);
      await say(bob, { action: 'sendMessage', conversation: group, text: 'a secret' });
      await say(bob, { action: 'sendMessage', to: cid.user, text: 'a secret' });
      const answers = [];
      for (const conversation of [group, direct, aConversation()]) {
        answers.push(await say(ann, { action, id: 'x', conversation, ...more }));
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      // Typing is refused nowhere, and here told to nobody.
      expect(answers[0]).toMatchObject(action === 'typing' ? { type: 'ok' } : { code: 'not-found' });
      expect(bob.pushed.filter(({ type }) => type === 'typing')).toEqual([]);
    },
  );

  test.each(['messages', 'members', 'receipts'])('by GET …/%s', async (part) => {
    const group = await aGroup(app, bob, await connectAs(app));
    const headers = await headersOf(ann);
    const of = (id: ConversationId) =>
      ask(`GET /v1/conversations/{id}/${part}`, { headers, pathParameters: { id } });
    expect(await of(group)).toEqual(await of(aConversation()));
    expect(await of(group)).toMatchObject({ status: 404 });
  });

  test('by sync: heads of others are passed over', async () => {
    const group = await aGroup(app, bob, await connectAs(app));
    const answer = await say(ann, { action: 'sync', since: 0, heads: { [group]: 1, [aConversation()]: 1 } });
    expect(answer).toMatchObject({ type: 'sync', conversations: [], belongsTo: [] });
  });

  test('at the sign-in: a name that nobody has, and a wrong password', async () => {
    await ask('POST /v1/register', { body: '{"name":"Dan","password":"correct horse"}' });
    const wrong = await ask('POST /v1/tokens', { body: '{"name":"Dan","password":"another horse"}' });
    const nobody = await ask('POST /v1/tokens', { body: '{"name":"Eve","password":"another horse"}' });
    expect(wrong).toEqual(nobody);
    expect(wrong).toMatchObject({ status: 401 });
  });
});

test('the token of another user or device does not take over a connection', async () => {
  const token = await tokenOf(bob);
  expect(await say(ann, { action: 'refreshToken', token })).toMatchObject({ code: 'forbidden' });
});

describe('prototypes stay as they are', () => {
  const known = Object.getOwnPropertyNames(Object.prototype).toSorted();
  const pollutions = [
    '"__proto__":{"polluted":1}',
    '"constructor":{"prototype":{"polluted":1}}',
    '"heads":{"constructor":1}',
    '"inbox":{"epoch":"e","version":1,"__proto__":{"polluted":1}}',
  ];

  test.each(pollutions)('by a frame with %s', async (fields) => {
    const answer = await say(ann, `{"action":"sync","id":"x",${fields}}`);
    expect(answer).toMatchObject({ type: 'error', code: 'bad-request', id: 'x' });
  });

  test('by a name among those of conversations, which is passed over', async () => {
    const answer = await say(ann, '{"action":"sync","id":"x","heads":{"__proto__":{"polluted":1}}}');
    expect(answer).toMatchObject({ type: 'sync', id: 'x', conversations: [] });
  });

  test.each(['"__proto__":{"polluted":1}', '"constructor":{"prototype":{"polluted":1}}'])(
    'by a body with %s',
    async (fields) => {
      const body = `{"kind":"group","title":"g","members":[],${fields}}`;
      expect(await ask('POST /v1/conversations', { headers: await headersOf(ann), body })).toMatchObject({
        status: 400,
      });
    },
  );

  test('by the names of a query', async () => {
    const more = { headers: await headersOf(ann), pathParameters: { id: aConversation() } };
    const query = JSON.parse('{"__proto__":"1"}');
    const answer = await ask('GET /v1/conversations/{id}/messages', {
      ...more,
      queryStringParameters: query,
    });
    expect(answer).toMatchObject({ status: 400 });
  });

  afterEach(() => {
    expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(known);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a log line is one line, whatever strangers write', () => {
  const forged = 'x\r\n{"level":"error","event":"forged"}\u2028\u001b[2J';

  test('into every place that they fill', async () => {
    const handshake = onAuthorize((shown) => authorize(app, shown));
    const methodArn = 'arn:aws:execute-api:us-east-1:1:api/dev/$connect';
    const headers = { authorization: `Bearer ${forged}`, 'sec-websocket-protocol': `bearer.${forged}` };
    await handshake({ methodArn, headers, queryStringParameters: { ticket: forged } }, context);
    await ask('POST /v1/register', { headers, body: JSON.stringify({ name: forged, password: forged }) });
    await ask(forged, { headers });
    await ask('GET /v1/conversations/{id}/messages', { headers, pathParameters: { id: forged } });
    for (const field of ['action', 'id', 'text', 'conversation', 'key', 'type', forged]) {
      await say(ann, { action: 'sendMessage', text: 'x', conversation: aConversation(), [field]: forged });
    }
    expect(lines.length).toBeGreaterThanOrEqual(10);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(line).event).not.toBe('forged');
      expect(line).not.toContain('forged');
    }
  });
});

describe('ids that go into keys and statements', () => {
  const ids = { UserId, ConversationId, Key, DeviceId, ConnectionId };

  test.each(Object.entries(ids))('%s: nothing that means something to a store', (_name, schema) => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (made) => {
        if (schema.safeParse(made).success) expect(made).toMatch(/^[A-Za-z0-9_.:=-]+$/);
      }),
    );
    for (const bad of [
      '{u:x}:inbox',
      "'; DROP TABLE users; --",
      'a b',
      'a\n',
      'a\0',
      '../x',
      'a?b#c',
      '%00',
    ]) {
      expect(schema.safeParse(bad).success).toBe(false);
    }
  });
});

describe('nobody makes the server ask an address', () => {
  test('by a token that names where its key lies, nor by a text', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end('{"keys":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const { privateKey } = await generateKeyPair('EdDSA');
    const forge = (issuer: string) =>
      new SignJWT({ sid: 'd1', role: 'user' })
        .setProtectedHeader({ alg: 'EdDSA', jku: url, x5u: url, kid: url })
        .setSubject(ann.user)
        .setIssuer(issuer)
        .setAudience('parley')
        .setExpirationTime('1h')
        .sign(privateKey);
    try {
      for (const issuer of ['parley', url]) {
        const token = await forge(issuer);
        const headers = { authorization: `Bearer ${token}` };
        const pathParameters = { id: aConversation() };
        expect(await ask('GET /v1/conversations/{id}/messages', { headers, pathParameters })).toMatchObject({
          status: 401,
        });
        await say(ann, { action: 'refreshToken', token });
      }
      const group = await aGroup(app, ann, bob);
      expect(await say(ann, { action: 'sendMessage', conversation: group, text: url })).toMatchObject({
        type: 'ack',
      });
      expect(asked).toBe(0);
    } finally {
      server.close();
    }
  });
});
