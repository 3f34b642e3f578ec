import { beforeEach, describe, expect, test } from '@jest/globals';
import { postMessage, sendMessage } from '../../lib/actions/messages/send.ts';
import type { SendMessage } from '../../schema/frames.ts';
import type { ConversationId, Key } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import {
  aGroup,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
  withoutGate,
  withoutRedis,
} from '../support/app.ts';
import { aMessage } from '../support/entries.ts';
import { aConversation, aKey, aUser } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let group: ConversationId;

beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

const frame = (more: Partial<SendMessage> = {}): SendMessage => ({
  action: 'sendMessage',
  type: 'text',
  text: 'hello',
  conversation: group,
  ...more,
});
const toBob = (more: Partial<SendMessage> = {}): SendMessage => {
  const { conversation: _, ...rest } = frame(more);
  return { ...rest, to: bob.user };
};
const send = (from: Person, more: Partial<SendMessage> = {}, on = app) =>
  performed(on, sendMessage(on, from, frame(more)));
const logOf = (conversation: ConversationId) =>
  app.messages.range(conversation, { low: 1, high: 1_000, limit: 1_000, order: 'up' });
const key = () => aKey() as Key;

describe('sending to a conversation', () => {
  test('stores the message at the next number and acknowledges it', async () => {
    const given = key();
    const ack = await send(ann, { id: 'q1', key: given, text: 'first' });
    expect(ack).toMatchObject({ type: 'ack', id: 'q1', key: given, conversation: group, seq: 2 });
    expect(await app.messages.at(group, 2)).toEqual({
      type: 'message.new',
      conversation: group,
      seq: 2,
      ts: ack.ts,
      from: ann.user,
      key: given,
      messageType: 'text',
      text: 'first',
    });
  });

  test('pushes to every connection of every member but the one that sent', async () => {
    const [phone, tablet] = [await connectAs(app, ann.user), await connectAs(app, bob.user)];
    const { seq } = await send(ann);
    for (const person of [bob, phone, tablet]) {
      expect(person.pushed).toHaveLength(1);
      expect(person.pushed[0]).toMatchObject({
        type: 'message.new',
        conversation: group,
        seq,
        text: 'hello',
      });
    }
    expect(ann.pushed).toEqual([]);
  });

  test('tells each user his own inbox, in order', async () => {
    const first = await send(ann);
    const second = await send(ann);
    expect(second.inbox?.prev).toBe(first.inbox?.version);
    const [one, two] = bob.pushed.map(({ inbox }) => inbox as { prev: number; version: number });
    expect(two?.prev).toBe(one?.version);
  });

  test('carries type and reply', async () => {
    await send(ann, { type: 'image', text: 'a picture' });
    await send(bob, { replyTo: 2 });
    expect(bob.pushed[0]).toMatchObject({ messageType: 'image' });
    expect(ann.pushed[0]).toMatchObject({ messageType: 'text', replyTo: 2 });
  });

  test('is refused to strangers as if there were no conversation', async () => {
    const eve = await connectAs(app);
    expect(await refusal(send(eve))).toMatchObject({ code: 'not-found' });
    expect(await refusal(send(eve, { conversation: aConversation() }))).toMatchObject({ code: 'not-found' });
    expect(await logOf(group)).toHaveLength(1);
  });

  test('lets a member in whom memory does not know yet', async () => {
    await send(ann);
    const cid = await connectAs(app);
    await app.members.add(group, { user: cid.user, role: 'member', version: 1 }, undefined);
    expect(await send(cid)).toMatchObject({ seq: 3 });
  });

  test('refuses a reply to an entry that does not exist', async () => {
    expect(await refusal(send(ann, { replyTo: 9 }))).toMatchObject({
      code: 'bad-request',
      pointer: '/replyTo',
    });
    expect(await send(ann)).toMatchObject({ seq: 2 });
  });

  test('a gone connection is forgotten, and stops nobody', async () => {
    const tablet = await connectAs(app, bob.user);
    await app.clock.pass(limits.handshakeMs);
    app.sockets.delete(tablet.connection);
    await send(ann);
    expect(bob.pushed).toHaveLength(1);
    const { connections } = await app.connections.mark(bob.user, group);
    expect(connections.map(({ connection }) => connection)).toEqual([bob.connection]);
  });

  test('a connection that registered just now is not forgotten for a 410', async () => {
    const tablet = await connectAs(app, bob.user);
    app.sockets.delete(tablet.connection);
    await send(ann);
    expect((await app.connections.mark(bob.user, group)).connections).toHaveLength(2);
  });
});

describe('sending to a user', () => {
  test('opens the direct conversation with the first message', async () => {
    const ack = await performed(app, sendMessage(app, ann, toBob()));
    expect(ack).toMatchObject({ seq: 2 });
    expect(ack.conversation).toMatch(/^d:/);
    expect(await logOf(ack.conversation)).toMatchObject([
      { type: 'conversation.created', kind: 'direct', from: ann.user, members: [ann.user, bob.user].sort() },
      { type: 'message.new', text: 'hello' },
    ]);
    expect(bob.pushed.map(({ type }) => type).sort()).toEqual(['conversation.created', 'message.new']);
    expect(ann.pushed.map(({ type }) => type)).toEqual(['conversation.created']);
  });

  test('is one conversation, whoever writes first', async () => {
    const toAnn = { action: 'sendMessage' as const, type: 'text', text: 'hi', to: ann.user };
    const acks = await Promise.all([
      performed(app, sendMessage(app, ann, toBob())),
      performed(app, sendMessage(app, bob, toAnn)),
    ]);
    expect(acks[0]?.conversation).toBe(acks[1]?.conversation);
    expect(acks.map(({ seq }) => seq).sort()).toEqual([2, 3]);
  });

  test('needs somebody else, who exists', async () => {
    const refused = (to: Person['user']) => refusal(sendMessage(app, ann, { ...toBob(), to }));
    expect(await refused(ann.user)).toMatchObject({ code: 'bad-request', pointer: '/to' });
    expect(await refused(aUser())).toMatchObject({ code: 'not-found', pointer: '/to' });
  });
});

describe('a retry', () => {
  test('lands on the same entry, and pushes nothing again', async () => {
    const given = key();
    const first = await send(ann, { key: given, after: 1 });
    const pushes = bob.pushed.length;
    const again = await send(ann, { key: given, after: 1 });
    expect(again).toMatchObject({ seq: first.seq, ts: first.ts });
    expect(again.inbox?.prev).toBe(again.inbox?.version);
    expect(bob.pushed).toHaveLength(pushes);
    expect(await logOf(group)).toHaveLength(2);
  });

  test.each([
    ['with `after`', { after: 1 }],
    ['without `after`', {}],
  ])('%s is found in the log when Redis forgot everything', async (_how, more) => {
    const given = key();
    const first = await send(ann, { key: given, ...more });
    for (let i = 0; i < 3; i++) await send(bob);
    app.keys.wipe();
    expect(await send(ann, { key: given, ...more })).toMatchObject({ seq: first.seq, ts: first.ts });
    expect(await logOf(group)).toHaveLength(5);
  });

  test('that finds its entry without a record announces it again', async () => {
    const given = key();
    await app.messages.append({
      ...aMessage({ conversation: group, seq: 2, from: ann.user, key: given }),
      text: 'stored',
    });
    await send(ann, { key: given, after: 1, text: 'ignored' });
    expect(bob.pushed).toMatchObject([{ seq: 2, text: 'stored' }]);
  });

  test('of another sender with the same key is another entry', async () => {
    const given = key();
    expect(await send(ann, { key: given })).toMatchObject({ seq: 2 });
    expect(await send(bob, { key: given })).toMatchObject({ seq: 3 });
  });

  test('that lies too far back is refused for good', async () => {
    const far = limits.retryEntries + 2;
    await app.messages.append(aMessage({ conversation: group, seq: far, from: bob.user }));
    await app.conversations.drop(group);
    expect(await refusal(send(ann, { key: key(), after: 1 }))).toMatchObject({ code: 'retry-too-old' });
  });

  test('whose `after` nobody ever saw is refused', async () => {
    expect(await refusal(send(ann, { key: key(), after: 2 }))).toMatchObject({
      code: 'bad-request',
      pointer: '/after',
    });
    expect(await send(ann, { key: key(), after: 1 })).toMatchObject({ seq: 2 });
  });

  test('whose `after` Redis has forgotten is not', async () => {
    const copy = app.keys.copy();
    await send(ann);
    await send(ann);
    app.keys.restore(copy);
    expect(await send(ann, { key: key(), after: 3 })).toMatchObject({ seq: 4 });
  });

  test('without a key cannot be told from a new message', async () => {
    expect(await send(ann)).toMatchObject({ seq: 2 });
    expect(await send(ann)).toMatchObject({ seq: 3 });
  });
});

describe('the gate', () => {
  test('refuses the sixth message within a second, and says when', async () => {
    for (let i = 0; i < 5; i++) await send(ann);
    const refused = await refusal(send(ann));
    expect(refused).toMatchObject({ code: 'rate-limited', retryAfterMs: 1_000 });
    expect(await logOf(group)).toHaveLength(6);
    await app.clock.pass(1_000);
    expect(await send(ann)).toMatchObject({ seq: 7 });
  });

  test('registers a connection again that Redis forgot', async () => {
    app.keys.wipe();
    await send(ann);
    const { connections } = await app.connections.mark(ann.user, group);
    expect(connections).toEqual([{ connection: ann.connection, expiresAt: ann.expiresAt }]);
  });

  test('does not bring a revoked device back', async () => {
    await app.users.revoke(ann.user, ann.device, app.clock.now());
    app.keys.wipe();
    expect(await refusal(send(ann))).toMatchObject({ code: 'revoked' });
  });

  test.each([
    ['known', () => {}],
    ['forgotten', () => app.keys.wipe()],
  ])('is shut for a token that has expired, on a connection that is %s', async (_how, forget) => {
    await app.clock.pass(3_600_001);
    forget();
    expect(await refusal(send(ann))).toMatchObject({ code: 'token-expired' });
  });
});

describe('with Redis away', () => {
  let cold: TestApp;
  beforeEach(() => {
    cold = withoutRedis(app);
  });
  const notes = async () => {
    const all = [];
    for await (const note of app.unannounced.all()) all.push(note);
    return all;
  };

  test('a message is stored, noted for the sweep, and acknowledged without an inbox', async () => {
    const ack = await send(ann, {}, cold);
    expect(ack).toMatchObject({ seq: 2 });
    expect(ack).not.toHaveProperty('inbox');
    expect(await notes()).toMatchObject([{ conversation: group, seq: 2, kind: 'entry' }]);
    expect(bob.pushed).toEqual([]);
  });

  test('for the gate alone, the connection may be forgotten: the ack has no inbox either', async () => {
    app.keys.wipe();
    expect(await send(ann, {}, withoutGate(app))).not.toHaveProperty('inbox');
    await send(bob);
    expect(ann.pushed).toEqual([]);
    expect(await send(ann)).toHaveProperty('inbox');
    await send(bob);
    expect(ann.pushed).toMatchObject([{ seq: 5 }]);
  });

  test('a retry still lands on the same entry', async () => {
    const given = key();
    await send(ann, { key: given, after: 1 }, cold);
    expect(await send(ann, { key: given, after: 1 }, cold)).toMatchObject({ seq: 2 });
    expect(await send(ann, { key: given, after: 1 })).toMatchObject({ seq: 2 });
  });

  test('the limit is kept by the container', async () => {
    for (let i = 0; i < 5; i++) await send(ann, {}, cold);
    expect(await refusal(send(ann, {}, cold))).toMatchObject({ code: 'rate-limited' });
  });

  test('strangers, revoked devices and expired tokens stay out', async () => {
    const eve = await connectAs(app);
    expect(await refusal(send(eve, {}, cold))).toMatchObject({ code: 'not-found' });
    await app.users.revoke(ann.user, ann.device, app.clock.now());
    expect(await refusal(send(ann, {}, cold))).toMatchObject({ code: 'revoked' });
    await app.clock.pass(3_600_001);
    expect(await refusal(send(bob, {}, cold))).toMatchObject({ code: 'token-expired' });
  });

  test('a direct conversation can be opened', async () => {
    expect(await performed(cold, sendMessage(cold, ann, toBob()))).toMatchObject({ seq: 2 });
  });
});

describe('sending over HTTP', () => {
  const post = (from: Person, more = {}) =>
    performed(app, postMessage(app, from, group, { type: 'text', text: 'hello', ...more }));

  test('stores like the socket and pushes to all connections', async () => {
    const given = key();
    expect(await post(ann, { key: given })).toMatchObject({ key: given, conversation: group, seq: 2 });
    expect(await post(ann, { key: given })).toMatchObject({ seq: 2 });
    expect(ann.pushed).toHaveLength(1);
    expect(bob.pushed).toHaveLength(1);
  });

  test('counts into the same limit', async () => {
    for (let i = 0; i < 3; i++) await send(ann);
    for (let i = 0; i < 2; i++) await post(ann);
    expect(await refusal(post(ann))).toMatchObject({ code: 'rate-limited' });
    expect(await refusal(send(ann))).toMatchObject({ code: 'rate-limited' });
  });

  test('is refused to strangers', async () => {
    expect(await refusal(post(await connectAs(app)))).toMatchObject({ code: 'not-found' });
  });
});

describe('a store that does not answer', () => {
  const unsure = (): TestApp => ({
    ...app,
    messages: {
      ...app.messages,
      append: async () => {
        await app.clock.pass(1_500);
        return 'unknown';
      },
    },
  });

  test('leaves the fate open: retryable, and nothing is said to be stored', async () => {
    const refused = await refusal(send(ann, {}, unsure()));
    expect(refused).toMatchObject({ code: 'unavailable' });
  });

  test('is asked the same thing again until it answers', async () => {
    let asked = 0;
    const slow: TestApp = {
      ...app,
      messages: {
        ...app.messages,
        append: async (entry) => {
          const answer = await app.messages.append(entry);
          return ++asked < 3 ? 'unknown' : answer;
        },
      },
    };
    expect(await send(ann, {}, slow)).toMatchObject({ seq: 2 });
    expect(asked).toBe(3);
    expect(await logOf(group)).toHaveLength(2);
  });
});
