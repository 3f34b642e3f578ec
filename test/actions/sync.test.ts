import { beforeEach, describe, expect, test } from '@jest/globals';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { postSync, sync } from '../../lib/actions/sync/sync.ts';
import { conversationKeys } from '../../lib/redis/keys.ts';
import type { Sync } from '../../schema/frames.ts';
import type { SyncReply } from '../../schema/http/conversations.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { SyncFrame } from '../../schema/pushes.ts';
import { utf8Bytes } from '../../schema/text.ts';
import {
  aGroup,
  away,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
  withoutEntrance,
  withoutGate,
  withoutRedis,
} from '../support/app.ts';
import { aMessage } from '../support/entries.ts';
import { aConnection, aUser } from '../support/ids.ts';

const dayMs = 86_400_000;

let app: TestApp;
let ann: Person;
let bob: Person;
let group: ConversationId;

beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

const say = async (text: string, conversation = group, on = app) => {
  await app.clock.pass(250);
  const frame = { action: 'sendMessage' as const, type: 'text', conversation, text };
  return performed(on, sendMessage(on, bob, frame));
};
const ask = async (position: Partial<Sync> = {}, on = app, by = ann): Promise<SyncFrame> =>
  (await sync(on, by, { action: 'sync', ...position } as Sync)).reply;
/** Fills a log straight away. */
const fill = async (conversation: ConversationId, upTo: number, text = 'text') => {
  const first = (await app.messages.head(conversation, 0)).seq + 1;
  for (let seq = first; seq <= upTo; seq++) {
    const ts = app.clock.now() + seq;
    await app.messages.append({ ...aMessage({ conversation, seq, from: bob.user, ts }), text });
  }
  await app.conversations.drop(conversation);
};
const seqsIn = ({ conversations }: SyncReply, conversation = group) =>
  conversations.find((one) => one.conversation === conversation)?.entries.map(({ seq }) => seq);
const changedIn = ({ conversations }: SyncReply) => conversations.map(({ conversation }) => conversation);
const countUp = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const headsOf = (...heads: [ConversationId, number][]) => Object.fromEntries(heads);

describe('by inbox', () => {
  test('gives exactly the conversations that changed, with what the client lacks', async () => {
    const [quiet, other] = [await aGroup(app, ann, bob), await aGroup(app, ann, bob)];
    const { inbox } = await ask();
    await say('one');
    await say('two', other);
    await say('three');
    const reply = await ask({ id: '7', inbox, heads: headsOf([group, 1], [other, 1], [quiet, 1]) });
    expect(reply).toMatchObject({ type: 'sync', id: '7', inbox: { epoch: inbox.epoch } });
    expect(reply.inbox).toEqual((await app.connections.changes(ann.user, 0)).inbox);
    expect(changedIn(reply)).toEqual([other, group]);
    expect(reply.conversations).toMatchObject([
      { head: 2, role: 'owner', entries: [{ seq: 2, text: 'two' }] },
      {
        head: 3,
        role: 'owner',
        entries: [
          { seq: 2, text: 'one' },
          { seq: 3, text: 'three' },
        ],
      },
    ]);
    for (const one of reply.conversations) expect(one).not.toHaveProperty('limited');
    expect(reply).not.toHaveProperty('belongsTo');
    expect(reply).not.toHaveProperty('next');
  });

  test('gives nothing where nothing changed', async () => {
    const { inbox } = await ask();
    expect(await ask({ inbox })).toEqual({ type: 'sync', inbox, now: app.clock.now(), conversations: [] });
  });

  test('of another epoch, or behind the client, becomes a compare', async () => {
    const { inbox, now } = await ask();
    await say('one');
    const ahead = { epoch: inbox.epoch, version: Number.MAX_SAFE_INTEGER };
    for (const stale of [{ epoch: 'another', version: inbox.version }, ahead]) {
      const reply = await ask({ inbox: stale, since: now, heads: headsOf([group, 1]) });
      expect(reply.belongsTo).toEqual([group]);
      expect(seqsIn(reply)).toEqual([2]);
    }
    app.keys.wipe();
    const reply = await ask({ inbox, since: now, heads: headsOf([group, 1]) });
    expect(reply.belongsTo).toEqual([group]);
    expect(seqsIn(reply)).toEqual([2]);
    expect(reply.inbox.epoch).not.toBe(inbox.epoch);
  });

  test('says which of the changed are no longer his', async () => {
    const { inbox } = await ask({}, app, bob);
    app.tables
      .table(`members:${group}`)
      .set(bob.user, { user: bob.user, state: 'out', role: 'member', version: 2 });
    await app.conversations.drop(group);
    await app.connections.mark(bob.user, group);
    expect(await ask({ inbox }, app, bob)).toMatchObject({ conversations: [], gone: [group] });
  });

  test('goes on by its cursor, past what changes meanwhile', async () => {
    const groups = [group];
    for (let i = 0; i < limits.syncConversations + 9; i++) groups.push(await aGroup(app, ann, bob));
    const { inbox } = await ask();
    for (const one of groups) await app.connections.mark(ann.user, one);
    const heads = headsOf(...groups.map((one): [ConversationId, number] => [one, 1]));
    const first = await ask({ inbox, heads });
    expect(changedIn(first)).toEqual(groups.slice(0, limits.syncConversations));
    await say('meanwhile');
    const second = await ask({ cursor: first.next, heads });
    expect(changedIn(second)).toEqual([...groups.slice(limits.syncConversations), group]);
    expect(seqsIn(second)).toEqual([2]);
    expect(second).not.toHaveProperty('next');
  });
});

describe('a compare', () => {
  test('of everything gives every conversation, and says where the next begins', async () => {
    const other = await aGroup(app, bob, ann);
    await say('one');
    const reply = await ask();
    expect(reply.belongsTo?.toSorted()).toEqual([group, other].sort());
    expect(changedIn(reply)).toEqual(reply.belongsTo);
    expect(seqsIn(reply)).toEqual([1, 2]);
    expect(seqsIn(reply, other)).toEqual([1]);
    expect(reply.now).toBe(app.clock.now());
    expect(reply.inbox).toEqual((await app.connections.changes(ann.user, 0)).inbox);
  });

  test('looks only at what was active or marked since, and at what the client does not hold', async () => {
    const [marked, active, unheld, quiet] = [
      await aGroup(app, ann, bob),
      await aGroup(app, ann, bob),
      await aGroup(app, ann, bob),
      await aGroup(app, ann, bob),
    ];
    const all = [group, marked, active, unheld, quiet];
    await app.clock.pass(dayMs);
    ann = await connectAs(app, ann.user);
    const { now } = await ask();
    await app.connections.mark(ann.user, marked);
    await app.members.active(active, [ann.user], now - 19 * 60_000);
    await app.clock.pass(1_000);
    const heads = headsOf(...[group, marked, active, quiet].map((one): [ConversationId, number] => [one, 1]));
    let looks = 0;
    const counting: TestApp = {
      ...app,
      conversations: {
        ...app.conversations,
        look: (...asked) => {
          looks++;
          return app.conversations.look(...asked);
        },
      },
    };
    const reply = await ask({ since: now, heads }, counting);
    expect(changedIn(reply).toSorted()).toEqual([marked, active, unheld].sort());
    expect(reply.belongsTo?.toSorted()).toEqual([...all].sort());
    expect(looks).toBe(3);
    expect(seqsIn(reply, unheld)).toEqual([1]);
    expect(seqsIn(reply, marked)).toEqual([]);
  });

  test('since a time that is not yet looks at everything', async () => {
    await say('one');
    const since = app.clock.now() + dayMs;
    expect(seqsIn(await ask({ since, heads: headsOf([group, 1]) }))).toEqual([2]);
  });

  test('leaves out what is gone', async () => {
    const other = await aGroup(app, bob, ann);
    app.tables
      .table(`members:${other}`)
      .set(ann.user, { user: ann.user, state: 'leaving', role: 'member', version: 2 });
    await app.conversations.drop(other);
    const reply = await ask();
    expect(reply.belongsTo).toEqual([group]);
    expect(changedIn(reply)).toEqual([group]);
  });

  test('goes on by its cursor, 50 at a time, with the inbox and the time of its first page', async () => {
    const groups = [group];
    for (let i = 0; i < 2 * limits.syncConversations; i++) groups.push(await aGroup(app, ann, bob));
    const first = await ask();
    await say('meanwhile');
    const second = await ask({ cursor: first.next });
    const third = await ask({ cursor: second.next });
    const pages = [first, second, third];
    expect(pages.map(({ conversations }) => conversations.length)).toEqual([50, 50, 1]);
    expect(pages.flatMap(({ belongsTo = [] }) => belongsTo).sort()).toEqual([...groups].sort());
    for (const page of pages) expect(page).toMatchObject({ inbox: first.inbox, now: first.now });
    expect(third).not.toHaveProperty('next');
  });

  test('belongs to its user alone', async () => {
    for (let i = 0; i < limits.syncConversations; i++) await aGroup(app, ann, bob);
    const { next } = await ask();
    for (const cursor of [next, 'forged']) {
      expect(await refusal(ask({ cursor } as Sync, app, bob))).toMatchObject({
        code: 'bad-request',
        pointer: '/cursor',
      });
    }
  });
});

describe('of one conversation', () => {
  test('up to 200 entries are given whole', async () => {
    await fill(group, 201);
    const reply = (await postSync(app, ann, { heads: headsOf([group, 1]) })).reply;
    expect(seqsIn(reply)).toEqual(countUp(2, 201));
    expect(reply.conversations[0]).not.toHaveProperty('limited');
  });

  test('over 200, the newest 50 and a cursor for the page below', async () => {
    await fill(group, 202);
    const reply = (await postSync(app, ann, { heads: headsOf([group, 1]) })).reply;
    expect(seqsIn(reply)).toEqual(countUp(153, 202));
    expect(reply.conversations[0]).toMatchObject({ head: 202, limited: true });
    const query = { limit: 50, cursor: reply.conversations[0]?.cursor };
    const page = (await readMessages(app, ann, group, query)).reply;
    expect(page.items.map(({ seq }) => seq)).toEqual(countUp(103, 152).reverse());
  });

  test('that is not held, the newest 50', async () => {
    await fill(group, 50);
    expect((await ask()).conversations[0]).not.toHaveProperty('limited');
    expect(seqsIn(await ask())).toEqual(countUp(1, 50));
    await fill(group, 51);
    expect((await ask()).conversations[0]).toMatchObject({ limited: true });
    expect(seqsIn(await ask())).toEqual(countUp(2, 51));
  });

  test('a head that Redis forgot is looked for in the log', async () => {
    const copy = app.keys.copy();
    await say('one');
    await say('two');
    const { inbox } = await ask();
    app.keys.restore(copy);
    const reply = await ask({ inbox, since: app.clock.now(), heads: headsOf([group, 2]) });
    expect(reply.conversations[0]).toMatchObject({ head: 3 });
    expect(seqsIn(reply)).toEqual([3]);
  });

  test('a head that the log does not have is replaced', async () => {
    await say('one');
    const reply = await ask({ heads: headsOf([group, 9]) });
    expect(reply.conversations[0]).toMatchObject({ head: 2, limited: true });
    expect(seqsIn(reply)).toEqual([1, 2]);
  });

  test('that somebody is writing to is to be asked for again', async () => {
    const { inbox } = await ask();
    const holder = { conversation: group, sender: bob.user, key: 'a-key-of-16-chars', holder: 'x' };
    await app.conversations.enter({ ...holder, turn: true, after: 'nowhere' });
    await app.connections.mark(ann.user, group);
    const heads = headsOf([group, 1]);
    expect((await ask({ inbox, heads })).conversations).toMatchObject([{ again: true, entries: [] }]);
    await app.messages.append(aMessage({ conversation: group, seq: 2, from: bob.user }));
    const reply = await ask({ inbox, heads });
    expect(reply.conversations).toMatchObject([{ again: true }]);
    expect(seqsIn(reply)).toEqual([2]);
    await app.conversations.leave(group, 'x');
    expect((await ask({ inbox, heads })).conversations[0]).not.toHaveProperty('again');
  });

  test('that somebody is writing to is, also where memory is behind the client or changes all the time', async () => {
    const holder = { conversation: group, sender: bob.user, key: 'a-key-of-16-chars', holder: 'x' };
    await app.conversations.enter({ ...holder, turn: true, after: 'nowhere' });
    await app.messages.append(aMessage({ conversation: group, seq: 2, from: bob.user }));
    const believing: TestApp['conversations'] = {
      ...app.conversations,
      look: async (...asked) => {
        const seen = await app.conversations.look(...asked);
        return seen.kind === 'seen' ? { ...seen, head: { seq: 1, ts: 1 }, believed: true } : seen;
      },
    };
    const behind = await ask({ heads: headsOf([group, 2]) }, { ...app, conversations: believing });
    expect(behind.conversations).toMatchObject([{ head: 2, again: true }]);
    const contested: TestApp['conversations'] = { ...app.conversations, rebuild: async () => false };
    await contested.drop(group);
    const cold = await ask({ heads: headsOf([group, 2]) }, { ...app, conversations: contested });
    expect(cold.conversations).toMatchObject([{ head: 2, again: true }]);
  });

  test('whose writer died is not asked for again for ever', async () => {
    const heads = headsOf([group, 1]);
    const attempt = { conversation: group, sender: bob.user, key: 'a-key-of-16-chars', holder: 'x' };
    await app.conversations.enter({ ...attempt, turn: true, after: 'nowhere' });
    await app.clock.pass(9_000);
    expect((await ask({ heads })).conversations).toMatchObject([{ again: true }]);
    await app.clock.pass(2_000);
    expect((await ask({ heads })).conversations[0]).not.toHaveProperty('again');
  });

  test.each([
    ['is forgotten', () => app.keys.delete(conversationKeys(group).writers)],
    ['never was', () => {}, () => withoutEntrance(app)],
  ])('whose sign of being written %s is marked once more', async (_, lose, entering = () => app) => {
    const heads = headsOf([group, 1]);
    const { inbox } = await ask();
    let meanwhile: SyncFrame | undefined;
    const writing = entering();
    const marking: TestApp = {
      ...writing,
      connections: {
        ...app.connections,
        mark: async (user, conversation) => {
          const marked = await app.connections.mark(user, conversation);
          lose();
          if (user === ann.user) meanwhile ??= await ask({ inbox, heads });
          return marked;
        },
      },
    };
    await say('one', group, marking);
    const known = meanwhile as unknown as SyncFrame;
    expect(changedIn(known)).toEqual([group]);
    expect(known.conversations[0]).not.toHaveProperty('again');
    const reply = await ask({ inbox: known.inbox, heads });
    expect(changedIn(reply)).toEqual([group]);
  });

  test('whose memory could not be asked is to be asked for again', async () => {
    const { inbox } = await ask();
    await say('one');
    const { conversations } = app;
    const deaf = { ...app, conversations: { ...conversations, look: away<TestApp['conversations']>().look } };
    const reply = await ask({ inbox, heads: headsOf([group, 1]) }, deaf);
    expect(reply.conversations).toMatchObject([{ again: true }]);
    expect(seqsIn(reply)).toEqual([2]);
  });

  test('receipts come along', async () => {
    await say('one');
    const receipts = [
      { user: ann.user, delivered: 2, read: 1 },
      { user: bob.user, delivered: 2, read: 2 },
    ];
    const reading = (all: typeof receipts): TestApp => ({
      ...app,
      receipts: { ...app.receipts, of: async () => all },
    });
    expect((await ask({}, reading(receipts))).conversations[0]?.receipts).toEqual(receipts);
    const many = Array.from({ length: limits.receiptMembers }, () => ({
      user: aUser(),
      delivered: 1,
      read: 1,
    }));
    expect((await ask({}, reading([...receipts, ...many]))).conversations[0]?.receipts).toEqual([
      receipts[0],
    ]);
  });
});

describe('what does not fit a frame', () => {
  const fits = (reply: SyncFrame) =>
    expect(utf8Bytes(JSON.stringify(reply))).toBeLessThanOrEqual(limits.frameBytes);

  test('is cut between conversations', async () => {
    const others = [];
    for (let i = 0; i < 5; i++) others.push(await aGroup(app, ann, bob));
    for (const one of others) await fill(one, 3, 'é'.repeat(3_000));
    const seen: SyncReply['conversations'] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const reply = await ask({ id: 'x'.repeat(limits.frameIdCharacters), ...(cursor && { cursor }) });
      fits(reply);
      seen.push(...reply.conversations);
      cursor = reply.next;
      pages++;
    } while (cursor);
    expect(pages).toBe(3);
    expect(seen.map(({ conversation }) => conversation).sort()).toEqual([group, ...others].sort());
    for (const one of seen) expect(one).not.toHaveProperty('limited');
  });

  test('of one conversation alone is limited to its newest entries', async () => {
    await fill(group, 5, 'x'.repeat(16_000));
    const reply = await ask({ heads: headsOf([group, 1]) });
    fits(reply);
    expect(seqsIn(reply)).toEqual([5]);
    expect(reply.conversations[0]).toMatchObject({ limited: true, head: 5 });
    const query = { limit: 50, cursor: reply.conversations[0]?.cursor };
    const page = (await readMessages(app, ann, group, query)).reply;
    expect(page.items.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
    const whole = (await postSync(app, ann, { heads: headsOf([group, 1]) })).reply;
    expect(seqsIn(whole)).toEqual([2, 3, 4, 5]);
  });

  test('by one entry alone has none of them', async () => {
    await fill(group, 2);
    const crowd = Array.from({ length: 1_300 }, () => aUser());
    const crowded: TestApp = {
      ...app,
      messages: { ...app.messages, reactions: async () => new Map([[2, { '👍': crowd }]]) },
    };
    const reply = await ask({ heads: headsOf([group, 1]) }, crowded);
    fits(reply);
    expect(reply.conversations[0]).toMatchObject({ limited: true, head: 2, entries: [] });
    const query = { limit: 50, cursor: reply.conversations[0]?.cursor };
    expect((await readMessages(app, ann, group, query)).reply.items).toHaveLength(2);
  });

  test('by its conversations alone has their ids in several pages', async () => {
    await app.clock.pass(dayMs);
    ann = await connectAs(app, ann.user);
    const many = Array.from(
      { length: 1_500 },
      (_, i) => `g:${String(i).padStart(22, '0')}` as ConversationId,
    );
    const belongings = many.map((conversation) => ({ conversation, activeAt: 1 }));
    const crowded: TestApp = { ...app, members: { ...app.members, conversationsOf: async () => belongings } };
    const first = await ask({ since: app.clock.now() }, crowded);
    fits(first);
    const second = await ask({ cursor: first.next } as Sync, crowded);
    expect([...(first.belongsTo ?? []), ...(second.belongsTo ?? [])]).toEqual(many);
    expect(second).not.toHaveProperty('next');
  });
});

describe('with Redis away', () => {
  test('the log alone is compared, and the next sync compares again', async () => {
    const { inbox, now } = await ask();
    await say('one');
    const since = now - 5_000;
    for (const position of [{ since }, { inbox, since }]) {
      const reply = await ask({ ...position, heads: headsOf([group, 1]) }, withoutRedis(app));
      expect(reply).toMatchObject({ inbox: { epoch: '', version: 0 }, now: since, belongsTo: [group] });
      expect(seqsIn(reply)).toEqual([2]);
      expect(reply.conversations[0]).not.toHaveProperty('again');
    }
    expect(await ask({ inbox: { epoch: '', version: 0 }, since })).toHaveProperty('belongsTo');
  });

  test('for the gate alone, the connection may be forgotten: the next frame leads to another sync', async () => {
    const { inbox, now } = await ask();
    await say('one');
    app.keys.wipe();
    const reply = await ask({ inbox, since: now, heads: headsOf([group, 1]) }, withoutGate(app));
    expect(reply).toMatchObject({ inbox: { epoch: '', version: 0 }, now });
    expect(seqsIn(reply)).toEqual([2]);
  });

  test('the truth says who may', async () => {
    await app.users.revoke(ann.user, ann.device, app.clock.now());
    expect(await refusal(ask({}, withoutRedis(app)))).toMatchObject({ code: 'revoked' });
    const late = { ...bob, expiresAt: app.clock.now() };
    expect(await refusal(ask({}, withoutRedis(app), late))).toMatchObject({ code: 'token-expired' });
  });
});

describe('who may sync', () => {
  test('a connection that Redis forgot is registered again', async () => {
    app.keys.wipe();
    await ask();
    ann.pushed.length = 0;
    await say('one');
    expect(ann.pushed).toMatchObject([{ type: 'message.new', text: 'one' }]);
  });

  test('but not one of a revoked device, or with an expired token', async () => {
    const stranger = { ...ann, connection: aConnection() };
    await app.users.revoke(ann.user, ann.device, app.clock.now());
    expect(await refusal(ask({}, app, stranger))).toMatchObject({ code: 'revoked' });
    const late = { ...bob, connection: aConnection(), expiresAt: app.clock.now() };
    expect(await refusal(ask({}, app, late))).toMatchObject({ code: 'token-expired' });
  });

  test('costs one gate, and nobody sees what is not his', async () => {
    const eve = await connectAs(app);
    let gates = 0;
    const counting: TestApp = {
      ...app,
      connections: {
        ...app.connections,
        gate: (...asked) => {
          gates++;
          return app.connections.gate(...asked);
        },
      },
    };
    expect(await ask({ heads: headsOf([group, 0]) }, counting, eve)).toMatchObject({
      conversations: [],
      belongsTo: [],
    });
    expect(gates).toBe(1);
    const { inbox } = await ask({}, app, eve);
    await app.connections.mark(eve.user, group);
    expect(await ask({ inbox, heads: headsOf([group, 0]) }, app, eve)).toMatchObject({ conversations: [] });
  });
});

test('numbers that the log has lost are told', async () => {
  await fill(group, 20);
  const lossy: TestApp = {
    ...app,
    messages: {
      ...app.messages,
      range: async (...asked) => (await app.messages.range(...asked)).filter(({ seq }) => seq !== 7),
    },
  };
  const [given] = (await ask({ heads: { [group]: 2 } }, lossy)).conversations;
  expect(given).toMatchObject({ head: 20, missing: [7] });
  expect(given).not.toHaveProperty('limited');
  expect(given?.entries.map(({ seq }) => seq)).toEqual(countUp(3, 20).filter((seq) => seq !== 7));
  const [whole] = (await ask({ heads: { [group]: 2 } })).conversations;
  expect(whole).not.toHaveProperty('missing');
});
