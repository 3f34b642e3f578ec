import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Session } from '../../schema/http/users.ts';
import { type Client, type Frame, openClient } from '../support/client.ts';
import { aKey } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';

let parley: Strict;
beforeAll(async () => {
  parley = await startStrict({ PARLEY_SENDS_PER_SECOND: '100', PARLEY_STRANGER_REQUESTS: '1000' });
});
afterAll(() => parley.stop());

type Party = { sessions: [Session, Session, Session]; clients: [Client, Client, Client]; id: string };

/** A group of three, founded by the first, who are all connected. */
const party = async (): Promise<Party> => {
  const sessions: Party['sessions'] = [
    await parley.register(),
    await parley.register(),
    await parley.register(),
  ];
  const [ann, bob, cid] = sessions;
  const clients: Party['clients'] = [
    await parley.connect(ann),
    await parley.connect(bob),
    await parley.connect(cid),
  ];
  const { status, body } = await parley.http('POST', '/v1/conversations', {
    token: ann.token,
    body: { kind: 'group', title: 'a party', members: [bob.user.id, cid.user.id] },
  });
  expect(status).toBe(201);
  await Promise.all(clients.map((client) => client.next(({ type }) => type === 'conversation.created')));
  return { sessions, clients, id: body.id };
};

const say = async (client: Client, conversation: string, text: string, more: object = {}) => {
  const ack = await client.ask({ action: 'sendMessage', conversation, text, ...more });
  expect(ack.type).toBe('ack');
  return ack;
};
const isOf = (type: string, seq: number) => (frame: Frame) => frame.type === type && frame.seq === seq;
const endAll = (clients: readonly Client[]) => Promise.all(clients.map((client) => client.close()));

/** Everything that Redis and Cassandra hold of a conversation. */
const storedOf = async (conversation: string): Promise<string> => {
  // Not as the product's own user, who may not look for keys.
  const inRedis = new Redis(Number(new URL(process.env.PARLEY_REDIS_URL ?? '').port));
  const kept: unknown[] = [];
  for (const key of await inRedis.keys(`*${conversation}*`)) {
    const type = await inRedis.type(key);
    if (type === 'string') kept.push(await inRedis.get(key));
    if (type === 'hash') kept.push(await inRedis.hgetall(key));
    if (type === 'zset') kept.push(await inRedis.zrange(key, '0', '-1'));
  }
  inRedis.disconnect();
  const cassandra = realCassandra();
  const rows = await cassandra.readAll(
    'SELECT * FROM messages_by_conversation WHERE conversation_id = ? AND bucket = 0',
    [conversation],
  );
  await cassandra.close();
  const asText = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('utf8') : String(value));
  return JSON.stringify([kept, rows.map((row) => row.values().map(asText))]);
};

describe('messages that change', () => {
  test('are edited, reacted to and deleted in one order for everyone', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob, cid] = clients;
    const { seq: said } = await say(ann, id, 'helo');
    const edit = await ann.ask({ action: 'editMessage', conversation: id, seq: said, text: 'hello' });
    expect(edit).toMatchObject({ type: 'ack', seq: said + 1 });
    const pushed = await bob.next(isOf('message.edited', edit.seq));
    expect(pushed).toMatchObject({ target: said, text: 'hello', version: 1, from: sessions[0].user.id });
    expect(await bob.ask({ action: 'editMessage', conversation: id, seq: said, text: 'mine' })).toMatchObject(
      { type: 'error', code: 'forbidden' },
    );

    const liked = await bob.ask({ action: 'react', conversation: id, seq: said, emoji: '👍' });
    await cid.next(isOf('message.reacted', liked.seq));
    const page = (path = '') =>
      parley.http('GET', `/v1/conversations/${id}/messages${path}`, { token: sessions[2].token });
    expect((await page()).body.items[0]).toMatchObject({
      seq: said,
      text: 'hello',
      version: 1,
      reactions: { '👍': [sessions[1].user.id] },
    });

    const key = aKey();
    const remove = { action: 'deleteMessage', conversation: id, seq: said, key };
    const gone = await ann.ask(remove);
    await cid.next(isOf('message.deleted', gone.seq));
    expect(await ann.ask(remove)).toMatchObject({ type: 'ack', seq: gone.seq });
    expect(await bob.ask({ action: 'react', conversation: id, seq: said, emoji: '🎉' })).toMatchObject({
      code: 'message-deleted',
    });
    const { body } = await page('?after=0');
    expect(JSON.stringify(body)).not.toMatch(/hel+o/);
    expect(body.items.map((entry: Frame) => entry.seq)).toEqual([5, 4, 3, 2, 1]);
    await endAll(clients);
  }, 60_000);
});

describe('a deleted message', () => {
  test('keeps its number and place, and its text is nowhere', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob, cid] = clients;
    const [owner, second] = sessions;
    const secret = `secret${aKey()}`;
    const { seq } = await say(ann, id, `${secret} one`);
    await ann.ask({ action: 'editMessage', conversation: id, seq, text: `${secret} two` });
    const reply = await say(bob, id, 'what do you mean', { replyTo: seq });
    expect(await cid.next(isOf('message.new', reply.seq))).toMatchObject({ replyTo: seq });
    expect(await bob.ask({ action: 'sendMessage', conversation: id, text: 'x', replyTo: 99 })).toMatchObject({
      code: 'bad-request',
      pointer: '/replyTo',
    });
    // Another than its author may not, and then an owner may.
    expect(await cid.ask({ action: 'deleteMessage', conversation: id, seq })).toMatchObject({
      code: 'forbidden',
    });
    await ann.ask({ action: 'deleteMessage', conversation: id, seq });

    const page = await parley.http('GET', `/v1/conversations/${id}/messages?after=0`, second);
    expect(page.body.items.map((entry: Frame) => entry.seq)).toEqual([5, 4, 3, 2, 1]);
    expect(page.body.items.find((entry: Frame) => entry.seq === seq)).toMatchObject({ deleted: true });
    const said = [
      page,
      await parley.http('GET', '/v1/conversations', owner),
      await parley.http('POST', '/v1/sync', { token: second.token, body: { since: 0 } }),
      await bob.ask({ action: 'sync', since: 0 }),
      await storedOf(id),
    ];
    expect(JSON.stringify(said)).toContain('what do you mean');
    expect(JSON.stringify(said)).not.toContain(secret);
    await endAll(clients);
  }, 60_000);
});

describe('older frames', () => {
  const older = async (session: Session, conversation: string) => {
    const { body } = await parley.http('POST', '/v1/tickets', { token: session.token });
    return openClient(parley.url, { query: `?conversation=${conversation}&ticket=${body.ticket}` });
  };

  test('send, edit and delete in the conversation of their connection, with a seq or without', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob] = clients;
    const phone = await older(sessions[0], id);
    const first = await phone.ask({ event: 'message:message', message: 'first' });
    expect(first).toMatchObject({ type: 'ack', conversation: id });
    for (const client of [ann, bob])
      expect(await client.next(isOf('message.new', first.seq))).toMatchObject({ text: 'first' });
    const second = await phone.ask({ event: 'message:message', message: 'second' });
    const other = await say(bob, id, 'of another');

    const last = await phone.ask({ event: 'message:edit', message: 'SECOND' });
    expect(await bob.next(isOf('message.edited', last.seq))).toMatchObject({
      ...{ target: second.seq, text: 'SECOND' },
    });
    const named = await phone.ask({ event: 'message:edit', message: 'FIRST', seq: first.seq });
    expect(await bob.next(isOf('message.edited', named.seq))).toMatchObject({ target: first.seq });
    expect(await phone.ask({ event: 'message:delete', seq: other.seq })).toMatchObject({ type: 'ack' });
    const gone = await phone.ask({ event: 'message:delete' });
    expect(await bob.next(isOf('message.deleted', gone.seq))).toMatchObject({ target: second.seq });
    await endAll([...clients, phone]);
  }, 60_000);

  test('mean at every attempt the last message as it was when they say', async () => {
    const { sessions, clients, id } = await party();
    const phone = await older(sessions[0], id);
    const { seq } = await phone.ask({ event: 'message:message', message: 'meant' });
    const later = await phone.ask({ event: 'message:message', message: 'later' });
    // The first attempt may have been lost before that.
    const remove = { event: 'message:delete', key: aKey(), after: seq };
    const gone = await phone.ask(remove);
    expect(gone).toMatchObject({ type: 'ack', seq: later.seq + 1 });
    expect(await phone.ask(remove)).toMatchObject({ type: 'ack', seq: gone.seq });
    expect(await phone.ask({ event: 'message:delete', key: aKey() })).toMatchObject({
      ...{ code: 'bad-request', pointer: '/after' },
    });
    const { body } = await parley.http('GET', `/v1/conversations/${id}/messages?after=0`, {
      token: sessions[1].token,
    });
    expect(body.items.map(({ seq: one, text }: Frame) => [one, text])).toEqual([
      [gone.seq, undefined],
      [later.seq, 'later'],
      [seq, ''],
      [1, undefined],
    ]);
    await endAll([...clients, phone]);
  }, 60_000);

  test('are refused where no conversation was named, and to who is no member of it', async () => {
    const { clients, id } = await party();
    const frame = { event: 'message:message', message: 'x' };
    expect(await clients[0].ask(frame)).toMatchObject({ code: 'bad-request', pointer: '/event' });
    const stranger = await older(await parley.register(), id);
    for (const event of ['message:message', 'message:edit'])
      expect(await stranger.ask({ ...frame, event })).toMatchObject({ code: 'not-found' });
    expect(await stranger.ask({ event: 'message:delete' })).toMatchObject({ code: 'not-found' });
    await endAll([...clients, stranger]);
  }, 60_000);
});

describe('two deletions at once', () => {
  test.each([
    ['by its author and an owner', [1, 0]],
    ['by its author on two devices', [1, 1]],
  ] as const)(
    '%s: one is done, the other is told so, and one entry tells of it',
    async (_who, [one, two]) => {
      const { sessions, clients, id } = await party();
      const [ann, bob, cid] = clients;
      const by = (which: 0 | 1) => parley.connect(sessions[which]);
      const devices = [await by(one), await by(two)];
      const { seq } = await say(bob, id, 'twice');
      const answers = await Promise.all(
        devices.map((device) =>
          device.ask({ action: 'deleteMessage', conversation: id, seq, key: aKey(), after: seq }),
        ),
      );
      expect(answers.map(({ type, code }) => code ?? type).sort()).toEqual(['ack', 'message-deleted']);
      const done = answers.find(({ type }) => type === 'ack');
      for (const client of [ann, bob, cid])
        expect(await client.next(isOf('message.deleted', seq + 1))).toMatchObject({
          target: seq,
          key: done?.key,
        });
      const { seq: last } = await say(ann, id, 'after it');
      expect(last).toBe(seq + 2);
      await endAll([...clients, ...devices]);
    },
    60_000,
  );
});

describe('members', () => {
  test('who is removed gets nothing any more, and all again once added', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob, cid] = clients;
    const [owner, , third] = sessions;
    const members = `/v1/conversations/${id}/members`;
    const removed = await parley.http('DELETE', `${members}/${third.user.id}`, { token: owner.token });
    expect(removed).toMatchObject({ status: 200, body: { conversation: id } });
    await cid.next(isOf('member.left', removed.body.seq));
    const { seq } = await say(ann, id, 'between us');
    await bob.next(isOf('message.new', seq));
    expect(await parley.http('GET', `/v1/conversations/${id}`, { token: third.token })).toMatchObject({
      status: 404,
    });
    expect(await cid.ask({ action: 'sendMessage', conversation: id, text: 'hello?' })).toMatchObject({
      code: 'not-found',
    });
    expect(cid.frames.filter((frame) => frame.conversation === id && frame.seq > removed.body.seq)).toEqual(
      [],
    );

    const added = await parley.http('POST', members, { token: owner.token, body: { user: third.user.id } });
    expect(added.status).toBe(201);
    await cid.next(isOf('member.joined', added.body.seq));
    const again = await say(ann, id, 'welcome back');
    expect(await cid.next(isOf('message.new', again.seq))).toMatchObject({ text: 'welcome back' });
    await endAll(clients);
  }, 60_000);

  test('roles decide, and the last owner hands over', async () => {
    const { sessions, clients, id } = await party();
    const [owner, second, third] = sessions;
    const path = `/v1/conversations/${id}`;
    const rename = (token: string) => parley.http('PATCH', path, { token, body: { title: 'another title' } });
    expect((await rename(second.token)).body.code).toBe('forbidden');
    const promoted = await parley.http('PATCH', `${path}/members/${second.user.id}`, {
      token: owner.token,
      body: { role: 'admin' },
    });
    expect(promoted.status).toBe(200);
    for (const client of clients) {
      expect(await client.next(isOf('member.changed', promoted.body.seq))).toMatchObject({
        ...{ from: owner.user.id, user: second.user.id, role: 'admin' },
      });
    }
    expect((await rename(second.token)).status).toBe(200);
    await clients[2].next(({ type, title }) => type === 'conversation.updated' && title === 'another title');
    expect(await clients[0].ask({ action: 'leave', conversation: id })).toMatchObject({ type: 'ack' });
    const { body } = await parley.http('GET', `${path}/members`, { token: third.token });
    expect(body.items.map(({ user, role }: Frame) => [user, role]).sort()).toEqual(
      [
        [second.user.id, 'owner'],
        [third.user.id, 'member'],
      ].sort(),
    );
    await endAll(clients);
  }, 60_000);

  test('anyone joins a room, and nobody a group', async () => {
    const { clients, id, sessions } = await party();
    const stranger = await parley.register();
    const client = await parley.connect(stranger);
    expect(await client.ask({ action: 'join', conversation: id })).toMatchObject({ code: 'not-found' });
    const { body: room } = await parley.http('POST', '/v1/conversations', {
      token: sessions[0].token,
      body: { kind: 'room', title: 'the lobby' },
    });
    expect(await client.ask({ action: 'join', conversation: room.id })).toMatchObject({ type: 'ack' });
    const { seq } = await say(client, room.id, 'hello all');
    expect(await clients[0].next(isOf('message.new', seq))).toMatchObject({ conversation: room.id });
    await endAll([...clients, client]);
  }, 60_000);
});

describe('receipts and unread', () => {
  test('watermarks rise, are pushed, and decide what is unread', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob] = clients;
    const second = sessions[1];
    await say(ann, id, 'one');
    const { seq } = await say(ann, id, 'two');
    await bob.next(isOf('message.new', seq));
    const unread = async () =>
      (await parley.http('GET', `/v1/conversations/${id}`, { token: second.token })).body.unread;
    expect(await unread()).toEqual({ count: 2, more: false });
    expect(await bob.ask({ action: 'markRead', conversation: id, seq })).toMatchObject({
      type: 'receipt',
      read: seq,
      delivered: seq,
    });
    const receipt = await ann.next(({ type, user }) => type === 'receipt' && user === second.user.id);
    expect(receipt).toMatchObject({ conversation: id, read: seq });
    expect(await unread()).toEqual({ count: 0, more: false });
    expect(await bob.ask({ action: 'markRead', conversation: id, seq: seq - 1 })).toMatchObject({
      read: seq,
    });
    expect(await bob.ask({ action: 'markRead', conversation: id, seq: seq + 50 })).toMatchObject({
      code: 'bad-request',
      pointer: '/seq',
    });
    const { body } = await parley.http('GET', `/v1/conversations/${id}/receipts?seq=${seq}`, {
      token: sessions[0].token,
    });
    const his = body.items.find(({ user }: Frame) => user === second.user.id);
    expect(his).toMatchObject({
      read: seq,
      readOn: [{ at: expect.any(Number), device: expect.any(String) }],
    });
    await endAll(clients);
  }, 60_000);
});

describe('coming back', () => {
  test('what was missed while away comes by sync, with its changes', async () => {
    const { sessions, clients, id } = await party();
    const [ann, bob] = clients;
    const { seq: held } = await say(ann, id, 'before');
    await bob.next(isOf('message.new', held));
    await bob.close();
    const missed = await say(ann, id, 'misssed');
    await ann.ask({ action: 'editMessage', conversation: id, seq: missed.seq, text: 'missed' });
    const back = await parley.connect(sessions[1]);
    const reply = await back.ask({ action: 'sync', since: 0, heads: { [id]: held } });
    const found = reply.conversations.find(({ conversation }: Frame) => conversation === id);
    expect(found.entries).toMatchObject([
      { type: 'message.new', seq: missed.seq, text: 'missed', version: 1 },
      { type: 'message.edited', target: missed.seq, text: 'missed', version: 1 },
    ]);
    expect(reply.belongsTo).toContain(id);

    const later = await say(ann, id, 'later');
    await back.next(isOf('message.new', later.seq));
    const jumped = await back.ask({ action: 'sync', inbox: reply.inbox, heads: { [id]: found.head } });
    expect(jumped.conversations).toMatchObject([{ conversation: id, entries: [{ seq: later.seq }] }]);
    await endAll([ann, back, clients[2]]);
  }, 60_000);
});

describe('a frozen function', () => {
  test.each([
    ['whose sockets were reset', { cutSockets: true }],
    ['whose sockets are dead without a word', { cutSockets: true, silently: true }],
    ['that slept for long', { cutSockets: true, silently: true, forMs: 90_000 }],
  ])(
    '%s does at once what it is asked when it thaws, and is well after that',
    async (_how, meanwhile) => {
      const { sessions, clients, id } = await party();
      const [ann, bob] = clients;
      const { seq } = await say(ann, id, 'warm');
      const asking = [
        () => ann.ask({ action: 'editMessage', conversation: id, seq, text: aKey() }),
        () => bob.ask({ action: 'markRead', conversation: id, seq }),
        () => bob.ask({ action: 'sync', since: 0, heads: { [id]: seq } }),
        () => bob.ask({ action: 'typing', conversation: id, active: true }),
        () => bob.ask({ action: 'watchPresence', users: [sessions[0].user.id] }),
        () => bob.ask({ action: 'ping' }),
      ];
      const [{ token }] = sessions;
      const types = ['ack', 'receipt', 'sync', 'ok', 'presence', 'pong'];
      /** One event for each function, at once. */
      const askAll = async () => {
        const frames = Promise.all(asking.map((ask) => ask()));
        const [page, me] = await Promise.all([
          parley.http('GET', `/v1/conversations/${id}/messages`, { token }),
          parley.http('GET', '/v1/me', { token }),
          parley.connect(sessions[2]).then((client) => client.close()),
        ]);
        expect((await frames).map(({ type }) => type)).toEqual(types);
        expect(page).toMatchObject({ status: 200, body: { items: expect.any(Array) } });
        expect(me).toMatchObject({ status: 200, body: { user: sessions[0].user } });
      };
      await askAll();

      await parley.freeze(meanwhile);
      const key = aKey();
      await Promise.all([say(ann, id, 'thawed', { key, after: seq }), askAll()]);
      const next = await say(ann, id, 'and on');
      await bob.next(isOf('message.new', next.seq));
      await endAll(clients);
    },
    60_000,
  );
});

test('functions that start anew know what those before them did', async () => {
  const { sessions, clients, id } = await party();
  const [ann, bob] = clients;
  const key = aKey();
  const { seq } = await say(ann, id, 'before', { key, after: 1 });
  await bob.ask({ action: 'markRead', conversation: id, seq });
  await parley.freeze();
  await parley.retire();
  expect(parley.instances()).toEqual([]);
  expect(await say(ann, id, 'before', { key, after: 1 })).toMatchObject({ seq });
  const edit = await ann.ask({ action: 'editMessage', conversation: id, seq, text: 'after' });
  expect(edit).toMatchObject({ type: 'ack', seq: seq + 1 });
  await bob.next(isOf('message.edited', edit.seq));
  expect(await bob.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
  expect(await bob.ask({ action: 'markRead', conversation: id, seq: 1 })).toMatchObject({ read: seq });
  const { body } = await parley.http('GET', `/v1/conversations/${id}`, { token: sessions[1].token });
  expect(body).toMatchObject({ head: edit.seq, unread: { count: 0 } });
  await endAll(clients);
});
