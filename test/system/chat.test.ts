import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Session } from '../../schema/http/users.ts';
import { limits } from '../../schema/limits.ts';
import { type Client, type Frame, openClient, refusedWith } from '../support/client.ts';
import { aConversation, aKey, aUser } from '../support/ids.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(60_000);

let local: Strict;
let ann: Session;
let bob: Session;
beforeAll(async () => {
  local = await startStrict({ PARLEY_SENDS_PER_SECOND: '5', PARLEY_STRANGER_REQUESTS: '1000' });
  [ann, bob] = [await local.register(), await local.register()];
});
afterAll(() => local.stop());

const isPush = (text: string) => (frame: Frame) => frame.type === 'message.new' && frame.text === text;
const pathOf = (conversation: string, query = '') =>
  `/v1/conversations/${encodeURIComponent(conversation)}/messages${query}`;
const aPair = async () => {
  const sessions = [await local.register(), await local.register()] as const;
  const clients = [await local.connect(sessions[0]), await local.connect(sessions[1])] as const;
  return { sessions, clients };
};

describe('a message through real sockets', () => {
  test('is acknowledged, pushed to every device, and read back', async () => {
    const [one, phone, two] = [await local.connect(ann), await local.connect(ann), await local.connect(bob)];
    expect(one.protocol).toBe('chat.v1');
    const text = `hello ${aKey()}`;
    const ack = await one.ask({ action: 'sendMessage', to: bob.user.id, text });
    expect(ack).toMatchObject({ type: 'ack', seq: expect.any(Number) });
    for (const client of [phone, two]) {
      expect(await client.next(isPush(text))).toMatchObject({
        seq: ack.seq,
        from: ann.user.id,
        conversation: ack.conversation,
      });
    }
    expect(one.frames.some(isPush(text))).toBe(false);
    const { status, body } = await local.http('GET', pathOf(ack.conversation), { token: bob.token });
    expect(status).toBe(200);
    expect(body.items[0]).toMatchObject({ seq: ack.seq, text, type: 'message.new' });
    expect(body.items.at(-1)).toMatchObject({ seq: 1, type: 'conversation.created' });
    await Promise.all([one, phone, two].map((client) => client.close()));
  });

  test('over HTTP reaches the same sockets, once for a key', async () => {
    const { sessions, clients } = await aPair();
    const opened = await local.http('POST', '/v1/conversations', {
      token: sessions[0].token,
      body: { kind: 'direct', with: sessions[1].user.id },
    });
    expect(opened.status).toBe(201);
    const body = { text: 'over HTTP', key: aKey(), after: 1 };
    const posts = [1, 2].map(() =>
      local.http('POST', pathOf(opened.body.id), { token: sessions[0].token, body }),
    );
    const answers = await Promise.all(posts);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    for (const client of clients) expect(await client.next(isPush('over HTTP'))).toMatchObject({ seq: 2 });
    await Promise.all(clients.map((client) => client.close()));
  });

  test('in a group reaches everybody, in one order', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => local.register()));
    const [creator, ...others] = sessions as [Session, ...Session[]];
    const created = await local.http('POST', '/v1/conversations', {
      token: creator.token,
      body: { kind: 'group', title: 'six', members: others.map(({ user }) => user.id) },
    });
    const clients = await Promise.all(sessions.map((session) => local.connect(session)));
    const conversation = created.body.id;
    const texts = sessions.flatMap((_, i) => [0, 1, 2].map((n) => `from ${i} number ${n}`));
    const acks = await Promise.all(
      texts.map((text, i) =>
        (clients[Math.floor(i / 3)] as Client).ask({ action: 'sendMessage', conversation, text }),
      ),
    );
    expect(acks.map(({ type }) => type)).toEqual(texts.map(() => 'ack'));
    expect(acks.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(texts.map((_, i) => i + 2));
    for (const [i, client] of clients.entries()) {
      for (const [n, text] of texts.entries()) {
        if (Math.floor(n / 3) !== i)
          expect(await client.next(isPush(text))).toMatchObject({ seq: acks[n]?.seq });
      }
    }
    const { body } = await local.http('GET', pathOf(conversation), { token: creator.token });
    const seqOf = new Map(texts.map((text, i) => [text, acks[i]?.seq]));
    for (const { text, seq } of body.items.filter((entry: Frame) => entry.text))
      expect(seq).toBe(seqOf.get(text));
    await Promise.all(clients.map((client) => client.close()));
  });

  test('that is the sixth within a second is refused, and says when to come back', async () => {
    const { sessions, clients } = await aPair();
    const asking = Array.from({ length: 6 }, (_, i) =>
      clients[0].ask({ action: 'sendMessage', to: sessions[1].user.id, text: `number ${i}` }),
    );
    const answers = await Promise.all(asking);
    const refused = answers.filter(({ type }) => type === 'error');
    expect(refused).toMatchObject([
      { code: 'rate-limited', retryable: true, retryAfterMs: expect.any(Number) },
    ]);
    expect(answers.filter(({ type }) => type === 'ack')).toHaveLength(5);
    await Promise.all(clients.map((client) => client.close()));
  });
});

describe('the handshake', () => {
  const refused = (options: Parameters<typeof refusedWith>[1]) => refusedWith(local.url, options);

  test('is refused without a token, and with one that is no good', async () => {
    const forged = `${ann.token.slice(0, -8)}AAAAAAAA`;
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${ann.token.split('.')[1]}.`;
    expect(await refused({})).toBe(403);
    for (const token of ['x', 'a.b.c', forged, none]) {
      expect(await refused({ headers: { authorization: `Bearer ${token}` } })).toBe(403);
    }
  });

  test('is refused to pages of other origins', async () => {
    const headers = { authorization: `Bearer ${ann.token}`, origin: 'https://evil.example' };
    expect(await refused({ headers })).toBe(403);
    const own = { ...headers, origin: 'http://localhost:5173' };
    await (await openClient(local.url, { headers: own })).close();
  });

  test('takes a ticket once', async () => {
    const { status, body } = await local.http('POST', '/v1/tickets', { token: ann.token });
    expect(status).toBe(201);
    const query = `?ticket=${body.ticket}`;
    const client = await openClient(local.url, { query });
    expect(await client.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
    await client.close();
    expect(await refused({ query })).toBe(403);
  });
});

describe('what is wrong gets a typed error, and the connection stays open', () => {
  let client: Client;
  beforeAll(async () => {
    client = await local.connect(ann);
  });
  afterAll(() => client.close());

  const wrong: [string, Frame | string, Frame][] = [
    ['not JSON', '{nope', { code: 'bad-frame' }],
    ['an array', '[1,2]', { code: 'bad-frame' }],
    ['10 000-deep JSON', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, { code: 'bad-frame' }],
    ['no action', '{}', { code: 'unknown-action' }],
    ['an unknown action', { action: 'dance' }, { code: 'unknown-action' }],
    [
      'text over the limit',
      { action: 'sendMessage', to: aUser(), text: 'x'.repeat(limits.textBytes + 1) },
      { code: 'too-large', pointer: '/text' },
    ],
    [
      'text that is empty',
      { action: 'sendMessage', to: aUser(), text: '' },
      { code: 'bad-request', pointer: '/text' },
    ],
    [
      'a lone surrogate',
      '{"action":"sendMessage","text":"\\ud800","to":"u:AnnAAAAAAAAAAAAAAAAAAA"}',
      { code: 'bad-request', pointer: '/text' },
    ],
    [
      'a __proto__ key',
      '{"action":"ping","__proto__":{"a":1}}',
      { code: 'bad-request', pointer: '/__proto__' },
    ],
    ['an unknown field', { action: 'ping', colour: 'red' }, { code: 'bad-request', pointer: '/colour' }],
    [
      'an unknown conversation',
      { action: 'sendMessage', conversation: aConversation(), text: 'x' },
      { code: 'not-found' },
    ],
    [
      'more users to watch than a connection may',
      { action: 'watchPresence', users: Array.from({ length: limits.watchedUsers + 1 }, aUser) },
      { code: 'too-large', pointer: '/users' },
    ],
    [
      'an unknown user',
      { action: 'sendMessage', to: aUser(), text: 'x' },
      { code: 'not-found', pointer: '/to' },
    ],
  ];
  test.each(wrong)('%s', async (_what, frame, expected) => {
    const before = client.frames.length;
    client.send(frame);
    const answer = await client.next((one) => one.type === 'error' && client.frames.indexOf(one) >= before);
    expect(answer).toMatchObject({ type: 'error', retryable: false, ...expected });
    expect(await client.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  });
});

describe('what the gateway takes no further ends the connection', () => {
  test.each([
    ['a binary frame', Buffer.from([1, 2, 3]), 1003],
    ['a frame over 32 KB', { action: 'sendMessage', text: 'x'.repeat(limits.frameBytes) }, 1009],
  ])('%s', async (_what, frame, code) => {
    const client = await local.connect(ann);
    client.send(frame);
    expect(await client.closed).toEqual({ code });
  });
});

describe('HTTP', () => {
  test('answers 401 without a token, and 404 for what is not mine', async () => {
    for (const path of ['/v1/me', '/v1/conversations', pathOf(aConversation())]) {
      expect(await local.http('GET', path)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    }
    const { body: mine } = await local.http('POST', '/v1/conversations', {
      token: ann.token,
      body: { kind: 'group', title: 'mine', members: [] },
    });
    for (const id of [mine.id, aConversation(), 'nonsense']) {
      const answer = await local.http('GET', pathOf(id), { token: bob.token });
      expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } });
    }
  });

  test('knows who is who', async () => {
    expect((await local.http('GET', '/v1/me', { token: ann.token })).body.user).toEqual(ann.user);
    const { body } = await local.http('GET', `/v1/users?ids=${ann.user.id},${bob.user.id}`, {
      token: ann.token,
    });
    expect(body.items).toHaveLength(2);
    const byName = await local.http('GET', `/v1/users?name=${bob.user.name.toUpperCase()}`, {
      token: ann.token,
    });
    expect(byName.body.items).toEqual([bob.user]);
    expect((await local.http('GET', '/v1/users', { token: ann.token })).status).toBe(400);
  });

  test('a name is given once, and signing in gives another token', async () => {
    const credentials = { name: ann.user.name, password: 'correct horse' };
    expect(await local.http('POST', '/v1/register', { body: credentials })).toMatchObject({ status: 409 });
    const again = await local.http('POST', '/v1/tokens', { body: credentials });
    expect(again).toMatchObject({ status: 201, body: { user: ann.user } });
    const wrong = { ...credentials, password: 'wrong horse!' };
    expect(await local.http('POST', '/v1/tokens', { body: wrong })).toMatchObject({ status: 401 });
  });

  test('serves the public keys', async () => {
    const { status, body } = await local.http('GET', '/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body.keys).toMatchObject([{ kty: 'OKP', use: 'sig' }]);
  });

  test('a direct conversation is found, never doubled, also when six ask at once', async () => {
    const [one, two] = [await local.register(), await local.register()];
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => {
        const [asking, other] = i % 2 ? [one, two] : [two, one];
        return local.http('POST', '/v1/conversations', {
          token: asking.token,
          body: { kind: 'direct', with: other.user.id },
        });
      }),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const { body } = await local.http('GET', '/v1/conversations', { token: one.token });
    expect(body.items).toHaveLength(1);
    const log = await local.http('GET', pathOf(body.items[0].id), { token: one.token });
    expect(log.body.items).toHaveLength(1);
  });

  test('the list has the newest activity first, with the last message', async () => {
    const session = await local.register();
    const ids: string[] = [];
    for (const title of ['first', 'second', 'third']) {
      const { body } = await local.http('POST', '/v1/conversations', {
        token: session.token,
        body: { kind: 'group', title, members: [] },
      });
      ids.push(body.id);
    }
    await local.http('POST', pathOf(ids[0] ?? ''), {
      token: session.token,
      body: { text: 'wakes the first' },
    });
    const page = await local.http('GET', '/v1/conversations?limit=2', { token: session.token });
    expect(page.body.items.map(({ title }: Frame) => title)).toEqual(['first', 'third']);
    expect(page.body.items[0].lastMessage.text).toBe('wakes the first');
    const rest = await local.http('GET', `/v1/conversations?limit=2&cursor=${page.body.next}`, {
      token: session.token,
    });
    expect(rest.body.items.map(({ title }: Frame) => title)).toEqual(['second']);
    expect(rest.body.next).toBeUndefined();
  });
});

describe('what was logged', () => {
  test('holds no text, no token, no stack and no statement', async () => {
    const { sessions, clients } = await aPair();
    const secret = `a secret ${aKey()}`;
    await clients[0].ask({ action: 'sendMessage', to: sessions[1].user.id, text: secret });
    await clients[0].ask({ action: 'sendMessage', conversation: aConversation(), text: secret });
    clients[0].send(`{"text":"${secret}"`);
    await clients[0].next(({ code }) => code === 'bad-frame');
    await Promise.all(clients.map((client) => client.close()));
    const log = local.log();
    expect(log).toContain('frame.refused');
    expect(log).not.toContain(secret);
    expect(log).not.toContain(sessions[0].token);
    expect(log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(log).not.toMatch(/messages_by_conversation|INSERT INTO/);
  });
});
