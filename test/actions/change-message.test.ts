import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { postMessage } from '../../lib/actions/messages/send.ts';
import { sweepNotes } from '../../lib/actions/sweep/notes.ts';
import type { StandingMember } from '../../lib/members/port.ts';
import type { Note } from '../../lib/unannounced/port.ts';
import type { Entry, MessageNew } from '../../schema/entries.ts';
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
  withoutRedis,
} from '../support/app.ts';
import { dyingAt, survived } from '../support/dying.ts';
import { aConversation, aKey } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let cid: Person;
let group: ConversationId;

const key = () => aKey() as Key;
type Retry = { key?: Key; after?: number; id?: string };

const say = async (from: Person, text: string, more: { replyTo?: number } = {}, on = app) =>
  (await performed(on, postMessage(on, from, group, { type: 'text', text, ...more }))).seq;
const edit = (from: Person, seq: number, text: string, more: Retry = {}, on = app) =>
  performed(on, editMessage(on, from, { action: 'editMessage', conversation: group, seq, text, ...more }));
const remove = (from: Person, seq: number, more: Retry = {}, on = app) =>
  performed(on, deleteMessage(on, from, { action: 'deleteMessage', conversation: group, seq, ...more }));
const like = (from: Person, seq: number, emoji = '👍', more: Retry & { remove?: boolean } = {}, on = app) =>
  performed(on, react(on, from, { action: 'react', conversation: group, seq, emoji, ...more }));

const logOf = () => app.messages.range(group, { low: 1, high: 1_000, limit: 1_000, order: 'up' });
const entriesBy = async (given: string) => (await logOf()).filter((entry) => entry.key === given);
const page = async (as: Person, query: { after?: number } = {}) =>
  (await readMessages(app, as, group, { limit: 100, ...query })).reply.items;
const shown = async (as: Person, seq: number) =>
  (await page(as)).find((entry) => entry.seq === seq) as MessageNew;
const pushesTo = (person: Person, type: Entry['type']) =>
  person.pushed.filter((frame) => frame.type === type);
const notes = async () => {
  const all: Note[] = [];
  for await (const note of app.unannounced.all()) all.push(note);
  return all;
};
/** All that is stored anywhere. */
const everything = () =>
  inspect(
    [
      app.keys.copy(),
      app.logs,
      ...['messages', 'reactions', 'members'].map((name) => app.tables.table(`${name}:${group}`)),
    ],
    { depth: null, maxArrayLength: null, maxStringLength: null },
  );
const forgetPushes = () => {
  for (const person of [ann, bob, cid]) person.pushed.length = 0;
};

beforeEach(async () => {
  app = testApp();
  app.policy.sendWindow = () => ({ count: 1_000, windowMs: 1_000 });
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob, cid);
});

describe('editing', () => {
  test('takes the next number, and changes the row of the message', async () => {
    const seq = await say(bob, 'first');
    const given = key();
    const ack = await edit(bob, seq, 'second', { id: 'q', key: given, after: seq });
    expect(ack).toMatchObject({ type: 'ack', id: 'q', key: given, conversation: group, seq: seq + 1 });
    expect(await app.messages.at(group, seq)).toMatchObject({
      type: 'message.new',
      text: 'second',
      version: 1,
    });
    expect(await app.messages.at(group, seq + 1)).toEqual({
      type: 'message.edited',
      conversation: group,
      seq: seq + 1,
      ts: ack.ts,
      from: bob.user,
      key: given,
      target: seq,
      version: 1,
    });
    expect(await notes()).toEqual([]);
  });

  test('is pushed with the text to all but the connection that sent it', async () => {
    const seq = await say(bob, 'first');
    const phone = await connectAs(app, bob.user);
    forgetPushes();
    const { inbox } = await edit(bob, seq, 'second');
    expect(bob.pushed).toEqual([]);
    for (const person of [ann, cid, phone]) {
      expect(person.pushed).toMatchObject([
        { type: 'message.edited', target: seq, version: 1, text: 'second' },
      ]);
    }
    expect(phone.pushed[0]?.inbox).toEqual(inbox);
  });

  test('keeps what else the message is', async () => {
    const first = await say(ann, 'a question');
    const seq = await say(bob, 'first', { replyTo: first });
    await edit(bob, seq, 'second');
    await edit(bob, seq, 'third');
    expect(await shown(ann, seq)).toMatchObject({
      replyTo: first,
      messageType: 'text',
      text: 'third',
      version: 2,
    });
  });

  test('is for the author alone', async () => {
    const seq = await say(bob, 'first');
    for (const other of [ann, cid]) {
      expect(await refusal(edit(other, seq, 'mine'))).toMatchObject({ code: 'forbidden', pointer: '/seq' });
    }
    expect(await shown(ann, seq)).toMatchObject({ text: 'first' });
    expect(await logOf()).toHaveLength(2);
  });

  test('needs a message that is there', async () => {
    expect(await refusal(edit(ann, 9, 'x'))).toMatchObject({ code: 'not-found', pointer: '/seq' });
    expect(await refusal(edit(ann, 1, 'x'))).toMatchObject({ code: 'not-found', pointer: '/seq' });
    const seq = await say(ann, 'first');
    const { seq: edited } = await edit(ann, seq, 'second');
    expect(await refusal(edit(ann, edited, 'x'))).toMatchObject({ code: 'not-found' });
  });

  test('is refused to strangers as if there were no conversation', async () => {
    const seq = await say(ann, 'first');
    const eve = await connectAs(app);
    expect(await refusal(edit(eve, seq, 'x'))).toMatchObject({ code: 'not-found' });
    expect(await refusal(remove(eve, seq))).toMatchObject({ code: 'not-found' });
    expect(await refusal(like(eve, seq))).toMatchObject({ code: 'not-found' });
    const elsewhere = { action: 'deleteMessage' as const, conversation: aConversation(), seq: 1 };
    expect(await refusal(deleteMessage(app, ann, elsewhere))).toMatchObject({ code: 'not-found' });
  });

  test('a refusal gives the turn back and marks nobody', async () => {
    const seq = await say(bob, 'first');
    const versionOf = async () => (await app.connections.mark(cid.user, group)).inbox.prev;
    const before = (await app.connections.mark(cid.user, group)).inbox.version;
    await refusal(edit(ann, seq, 'x'));
    expect(await versionOf()).toBe(before);
    const at = app.clock.now();
    await say(ann, 'next');
    expect(app.clock.now()).toBe(at);
  });

  test('counts into the rate limit', async () => {
    app.policy.sendWindow = () => ({ count: 2, windowMs: 1_000 });
    const seq = await say(ann, 'first');
    await edit(ann, seq, 'second');
    expect(await refusal(edit(ann, seq, 'third'))).toMatchObject({ code: 'rate-limited' });
  });

  test('two at once are two versions, and the page shows one that was acknowledged', async () => {
    const seq = await say(bob, 'first');
    const phone = await connectAs(app, bob.user);
    const acks = await Promise.all([edit(bob, seq, 'one'), edit(phone, seq, 'two')]);
    expect(new Set(acks.map((ack) => ack.seq)).size).toBe(2);
    expect(await shown(ann, seq)).toMatchObject({ version: 2, text: expect.stringMatching(/^(one|two)$/) });
    const versions = (await logOf()).flatMap((entry) =>
      entry.type === 'message.edited' ? [entry.version] : [],
    );
    expect(versions.sort()).toEqual([1, 2]);
  });
});

describe('deleting', () => {
  test('empties the message for ever, and keeps its place', async () => {
    const seq = await say(bob, 'a secret');
    const ack = await remove(bob, seq);
    expect(ack.seq).toBe(seq + 1);
    expect(await shown(ann, seq)).toMatchObject({ seq, deleted: true, text: '', version: 1 });
    expect(await app.messages.at(group, ack.seq)).toMatchObject({
      type: 'message.deleted',
      target: seq,
      version: 1,
    });
    expect(pushesTo(cid, 'message.deleted')).toMatchObject([{ target: seq, version: 1 }]);
  });

  test('is for the author, and for owners and admins', async () => {
    const [byBob, byCid] = [await say(bob, 'by bob'), await say(cid, 'by cid')];
    expect(await refusal(remove(bob, byCid))).toMatchObject({ code: 'forbidden', pointer: '/seq' });
    await remove(ann, byBob);
    const [bobsRow] = (await app.members.rows(group)).filter(({ user }) => user === bob.user);
    await app.members.change(group, { ...(bobsRow as StandingMember), role: 'admin', version: 2 });
    await remove(bob, byCid);
    expect((await page(ann)).filter((entry) => (entry as MessageNew).deleted)).toHaveLength(2);
  });

  test('of the other in a direct conversation is nobody’s', async () => {
    const { id } = await performed(app, createConversation(app, ann, { kind: 'direct', with: bob.user }));
    group = id;
    const seq = await say(ann, 'hello');
    expect(await refusal(remove(bob, seq))).toMatchObject({ code: 'forbidden' });
  });

  test('is final', async () => {
    const seq = await say(bob, 'a secret');
    await remove(bob, seq);
    for (const refused of [
      remove(bob, seq),
      remove(ann, seq),
      edit(bob, seq, 'x'),
      like(ann, seq),
      like(ann, seq, '👍', { remove: true }),
    ]) {
      expect(await refusal(refused)).toMatchObject({ code: 'message-deleted', pointer: '/seq' });
    }
    expect(await logOf()).toHaveLength(3);
  });

  test('leaves the text nowhere', async () => {
    const seq = await say(bob, 'the first secret', { replyTo: 1 });
    await say(ann, 'an answer', { replyTo: seq });
    await page(ann);
    await edit(bob, seq, 'the second secret');
    await like(cid, seq);
    await page(ann);
    expect(everything()).toContain('the second secret');
    await remove(bob, seq);
    expect(everything()).not.toContain('secret');
    for (const query of [{}, { after: 0 }]) expect(inspect(await page(ann, query))).not.toContain('secret');
    const { lastMessage } = (await readConversation(app, ann, group)).reply;
    expect(lastMessage).toMatchObject({ text: 'an answer' });
    expect(everything()).not.toContain('secret');
  });

  test('leaves no reaction on the page', async () => {
    const seq = await say(bob, 'first');
    await like(ann, seq);
    expect(await shown(cid, seq)).toMatchObject({ reactions: { '👍': [ann.user] } });
    await remove(bob, seq);
    expect(await shown(cid, seq)).not.toHaveProperty('reactions');
  });

  test('empties the preview, when it is the last message', async () => {
    const seq = await say(bob, 'a secret');
    expect((await readConversation(app, ann, group)).reply.lastMessage).toMatchObject({ text: 'a secret' });
    await remove(bob, seq);
    expect((await readConversation(app, ann, group)).reply.lastMessage).toMatchObject({
      seq,
      deleted: true,
      text: '',
    });
  });

  test.each([1, 2, 3])('wins over an edit at the same time, whoever comes first (%i)', async (lead) => {
    const seq = await say(bob, 'first');
    const phone = await connectAs(app, bob.user);
    const editing = async () => {
      for (let i = 0; i < lead - 1; i++) await Promise.resolve();
      return edit(phone, seq, 'an edited secret');
    };
    const [edited, deleted] = await Promise.allSettled([editing(), remove(bob, seq)]);
    expect(deleted.status).toBe('fulfilled');
    if (edited.status === 'rejected') expect(edited.reason).toMatchObject({ code: 'message-deleted' });
    expect(await shown(ann, seq)).toMatchObject({ deleted: true, text: '' });
    expect(everything()).not.toContain('an edited secret');
  });

  test('takes the text out of an edit that is told of later', async () => {
    const seq = await say(bob, 'first');
    await edit(bob, seq, 'a secret');
    await remove(bob, seq);
    const raw = await page(ann, { after: seq });
    expect(raw).toMatchObject([
      { type: 'message.deleted' },
      { type: 'message.edited', target: seq, version: 1 },
    ]);
    expect(raw[1]).not.toHaveProperty('text');
  });

  /** A reader whose rows were read before the change, and who has memory keep them after it. */
  const slowReader = () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const messages: TestApp['messages'] = {
      ...app.messages,
      range: async (...asked) => {
        const rows = await app.messages.range(...asked);
        if (asked[1].order === 'down') await gate;
        return rows;
      },
    };
    const read = () => readMessages({ ...app, messages }, ann, group, { limit: 50 });
    return { read, go };
  };

  test('is not undone by a reader who was at it from before', async () => {
    const seq = await say(bob, 'a secret');
    await app.conversations.drop(group);
    const { read, go } = slowReader();
    const reading = read();
    await app.clock.pass(0);
    await remove(bob, seq);
    go();
    await reading;
    expect(everything()).not.toContain('secret');
    // A short page is read, and memory has the rest: nobody looks at the row again.
    await readMessages(app, ann, group, { limit: 1 });
    expect(inspect(await page(ann))).not.toContain('secret');
  });

  test('is not undone by a reader who came in the middle of it', async () => {
    const seq = await say(bob, 'a secret');
    const { read, go } = slowReader();
    let reading: Promise<unknown> = Promise.resolve();
    const messages: TestApp['messages'] = {
      ...app.messages,
      patch: async (patch) => {
        reading = read();
        await app.clock.pass(0);
        return app.messages.patch(patch);
      },
    };
    await remove(bob, seq, {}, { ...app, messages });
    go();
    await reading;
    expect(everything()).not.toContain('secret');
    // A short page is read, and memory has the rest: nobody looks at the row again.
    await readMessages(app, ann, group, { limit: 1 });
    expect(inspect(await page(ann))).not.toContain('secret');
  });

  test('is not undone by newest entries that outlived what was known of them', async () => {
    const seq = await say(bob, 'a secret');
    await page(ann);
    app.keys.delete(`{${group}}:state`);
    const cold = withoutRedis(app);
    await remove(bob, seq, {}, { ...cold, unannounced: { ...app.unannounced, note: async () => {} } });
    await readMessages(app, ann, group, { limit: 1 });
    expect(inspect(await page(ann))).not.toContain('secret');
  });
});

describe('reacting', () => {
  test('puts an emoji to a message, once for each user', async () => {
    const seq = await say(bob, 'first');
    const { seq: own } = await like(ann, seq);
    await like(bob, seq);
    await like(bob, seq, '🎉');
    expect(await app.messages.at(group, own)).toMatchObject({
      type: 'message.reacted',
      from: ann.user,
      target: seq,
      emoji: '👍',
      version: 1,
    });
    expect(await refusal(like(ann, seq))).toMatchObject({ code: 'conflict', pointer: '/emoji' });
    const { reactions } = await shown(cid, seq);
    expect(reactions?.['👍']?.toSorted()).toEqual([ann.user, bob.user].sort());
    expect(reactions?.['🎉']).toEqual([bob.user]);
  });

  test('takes it away again', async () => {
    const seq = await say(bob, 'first');
    expect(await refusal(like(ann, seq, '👍', { remove: true }))).toMatchObject({ code: 'conflict' });
    await like(ann, seq);
    await like(ann, seq, '👍', { remove: true });
    expect(pushesTo(cid, 'message.reacted')).toMatchObject([{ version: 1 }, { version: 2, removed: true }]);
    expect(await shown(cid, seq)).not.toHaveProperty('reactions');
    await like(ann, seq);
    expect(await shown(cid, seq)).toMatchObject({ reactions: { '👍': [ann.user] } });
  });

  test('is shown on the page that memory serves, too', async () => {
    const seq = await say(bob, 'first');
    await page(ann);
    await like(ann, seq);
    await page(ann);
    expect(await shown(ann, seq)).toMatchObject({ reactions: { '👍': [ann.user] } });
  });

  test('leaves the message itself as it is', async () => {
    const seq = await say(bob, 'first');
    await like(ann, seq);
    expect(await shown(ann, seq)).not.toHaveProperty('version');
    await edit(bob, seq, 'second');
    expect(await shown(ann, seq)).toMatchObject({
      text: 'second',
      version: 1,
      reactions: { '👍': [ann.user] },
    });
  });

  test('with more emojis than the limit is refused', async () => {
    const seq = await say(bob, 'first');
    for (let i = 0; i < limits.reactionsPerUser; i++) await like(ann, seq, `e${i}`);
    expect(await refusal(like(ann, seq, 'more'))).toMatchObject({ code: 'too-large', pointer: '/emoji' });
    await like(bob, seq, 'more');
    await like(ann, seq, 'e3', { remove: true });
    await like(ann, seq, 'more');
  });

  test('needs a message', async () => {
    expect(await refusal(like(ann, 1))).toMatchObject({ code: 'not-found', pointer: '/seq' });
  });
});

describe('a page', () => {
  test('folds changes in; what comes after a number is told entry by entry', async () => {
    const seq = await say(bob, 'first');
    await edit(bob, seq, 'second');
    await like(ann, seq);
    const last = await say(ann, 'last');
    expect((await page(ann)).map((entry) => entry.seq)).toEqual([last, seq, 1]);
    const raw = await page(ann, { after: seq });
    expect(raw.map(({ type }) => type)).toEqual(['message.new', 'message.reacted', 'message.edited']);
    expect(raw[2]).toMatchObject({ text: 'second', version: 1 });
  });

  test('an edit tells the text as it is now', async () => {
    const seq = await say(bob, 'first');
    await edit(bob, seq, 'second');
    await edit(bob, seq, 'third');
    const raw = await page(ann, { after: seq });
    expect(raw).toMatchObject([
      { text: 'third', version: 2 },
      { text: 'third', version: 2 },
    ]);
  });
});

const changes: [string, (seq: number, more: Retry, on?: TestApp) => ReturnType<typeof edit>][] = [
  ['an edit', (seq, more, on) => edit(bob, seq, 'second', more, on)],
  ['a deletion', (seq, more, on) => remove(bob, seq, more, on)],
  ['a reaction', (seq, more, on) => like(bob, seq, '👍', more, on)],
];

/** Whether the truth says that the change was made. */
const isMade = async (seq: number) => {
  const message = (await app.messages.at(group, seq)) as MessageNew;
  return message.version !== undefined && (message.deleted || message.text === 'second')
    ? true
    : (await app.messages.reactions(group, seq, seq)).size > 0;
};

describe.each(changes)('%s', (_what, act) => {
  test('that is repeated is the same entry', async () => {
    const seq = await say(bob, 'first');
    const retry = { key: key(), after: seq };
    const first = await act(seq, retry);
    forgetPushes();
    const again = await act(seq, retry);
    expect(again).toMatchObject({ seq: first.seq, ts: first.ts });
    expect(again.inbox).toEqual({ prev: first.inbox?.version, version: first.inbox?.version });
    expect(ann.pushed).toEqual([]);
  });

  test.each([
    ['with `after`', true],
    ['without', false],
  ])('%s is found when Redis has forgotten everything', async (_how, with_) => {
    const seq = await say(bob, 'first');
    const retry = { key: key(), ...(with_ && { after: seq }) };
    const first = await act(seq, retry);
    await say(ann, 'next');
    app.keys.wipe();
    expect(await act(seq, retry)).toMatchObject({ seq: first.seq, ts: first.ts });
    expect(await entriesBy(retry.key)).toHaveLength(1);
    expect(await notes()).toEqual([]);
  });

  test('four times at once is one entry', async () => {
    const seq = await say(bob, 'first');
    const retry = { key: key(), after: seq };
    const acks = await Promise.all([1, 2, 3, 4].map(() => act(seq, retry)));
    expect(new Set(acks.map((ack) => ack.seq)).size).toBe(1);
    expect(await entriesBy(retry.key)).toHaveLength(1);
  });

  test('is made with Redis away, and told by the sweep', async () => {
    const seq = await say(bob, 'first');
    await page(ann);
    forgetPushes();
    const retry = { key: key(), after: seq };
    const ack = await act(seq, retry, withoutRedis(app));
    expect(ack).not.toHaveProperty('inbox');
    expect(await notes()).toMatchObject([{ kind: 'entry', seq: ack.seq }]);
    expect(ann.pushed).toEqual([]);
    await sweepNotes(app);
    expect(ann.pushed).toMatchObject([{ seq: ack.seq, target: seq }]);
    expect(await isMade(seq)).toBe(true);
    expect(await notes()).toEqual([]);
    expect(await act(seq, retry)).toMatchObject({ seq: ack.seq });
  });

  test('whose answer is lost again and again is made once', async () => {
    const seq = await say(bob, 'first');
    const unheard = <Asked extends unknown[], Told>(call: (...asked: Asked) => Promise<Told>) => {
      let left = 2;
      return async (...asked: Asked) => {
        const told = await call(...asked);
        return left-- > 0 ? ('unknown' as const) : told;
      };
    };
    const { append, patch, patchReaction } = app.messages;
    const messages = {
      ...app.messages,
      append: unheard(append),
      patch: unheard(patch),
      patchReaction: unheard(patchReaction),
    };
    const retry = { key: key(), after: seq };
    await act(seq, retry, { ...app, messages });
    expect(await entriesBy(retry.key)).toMatchObject([{ target: seq, version: 1 }]);
  });

  test('whose fate is open is `unavailable`', async () => {
    const seq = await say(bob, 'first');
    const never = async () => {
      await app.clock.pass(1_000);
      return 'unknown' as const;
    };
    const messages = { ...app.messages, patch: never, patchReaction: never };
    const retry = { key: key(), after: seq };
    expect(await refusal(act(seq, retry, { ...app, messages }))).toMatchObject({ code: 'unavailable' });
    expect(await notes()).toHaveLength(1);
    expect(await act(seq, retry)).toMatchObject({ seq: seq + 1 });
  });

  describe.each(['before', 'after'] as const)('of a handler that dies %s a step is done', (when) => {
    /** Every step in turn, each in a world of its own, until a handler survives. */
    const everyStep = async (
      check: (seq: number, retry: { key: Key; after: number }, step: number) => Promise<void>,
    ) => {
      for (let step = 1; ; step++) {
        const seq = await say(bob, 'first');
        await page(ann);
        const retry = { key: key(), after: seq };
        const alive = await survived(act(seq, retry, dyingAt(app, step, when)));
        if (alive) {
          expect(step).toBeGreaterThan(8);
          return;
        }
        await check(seq, retry, step);
        // Nothing of it may reach into the next one.
        await app.clock.pass(60_000);
        await sweepNotes(app);
        expect(await notes()).toEqual([]);
      }
    };

    test('is completed by the sweep, or was never made', async () => {
      await everyStep(async (seq, retry) => {
        forgetPushes();
        await app.clock.pass(5_000);
        await sweepNotes(app);
        await app.clock.pass(1_000);
        await sweepNotes(app);
        expect(await notes()).toEqual([]);
        const made = await isMade(seq);
        const entries = await entriesBy(retry.key);
        expect(entries).toHaveLength(made ? 1 : 0);
        const raw = (await page(ann, { after: seq })).filter((entry) => entry.key === retry.key);
        expect(raw).toHaveLength(made ? 1 : 0);
        for (const { seq: own } of entries) {
          expect(await act(seq, retry)).toMatchObject({ seq: own });
        }
      });
    });

    test('is completed by a retry', async () => {
      await everyStep(async (seq, retry) => {
        const ack = await act(seq, retry);
        expect(await isMade(seq)).toBe(true);
        expect(await entriesBy(retry.key)).toMatchObject([{ seq: ack.seq, target: seq }]);
        const raw = (await page(ann, { after: seq })).filter((entry) => entry.key === retry.key);
        expect(raw).toHaveLength(1);
        await app.clock.pass(6_000);
        await sweepNotes(app);
        expect(await entriesBy(retry.key)).toHaveLength(1);
      });
    });

    test('is told of before another change', async () => {
      await everyStep(async (seq, retry, step) => {
        const made = (await isMade(seq)) && (await app.messages.at(group, seq));
        await edit(bob, seq, `later ${step}`).catch(() => {});
        if (made && (made as MessageNew).version) expect(await entriesBy(retry.key)).toHaveLength(1);
      });
    });
  });
});

describe('the sweep', () => {
  const half = async (seq: number) => {
    const retry = { key: key(), after: seq };
    // The note stands, and nothing else is done.
    const messages = { ...app.messages, patch: async () => Promise.reject(new Error('died')) };
    await expect(edit(bob, seq, 'too late', retry, { ...app, messages })).rejects.toThrow('died');
    return retry;
  };

  test('makes sure that what was not made in time is never made', async () => {
    const seq = await say(bob, 'first');
    const { version, change } = { version: 0, change: { from: bob.user, key: key(), head: seq } };
    await app.unannounced.note({
      conversation: group,
      seq,
      kind: 'message',
      by: change,
      at: app.clock.now(),
    });
    await app.clock.pass(6_000);
    await sweepNotes(app);
    const late = await app.messages.patch({
      conversation: group,
      seq,
      version,
      change,
      to: { text: 'late' },
    });
    expect(late).not.toBe('patched');
    expect(await shown(ann, seq)).toMatchObject({ text: 'first' });
  });

  test('takes away only the note of the attempt that it looked at', async () => {
    const seq = await say(bob, 'first');
    const retry = await half(seq);
    await app.clock.pass(6_000);
    const [old] = await notes();
    // A retry comes while the sweep is at it.
    const messages: TestApp['messages'] = {
      ...app.messages,
      patch: async (patch) => {
        const answer = await app.messages.patch(patch);
        await app.unannounced.note({ ...(old as Note), at: app.clock.now() });
        return answer;
      },
    };
    await sweepNotes({ ...app, messages });
    expect(await notes()).toMatchObject([{ by: { key: retry.key }, at: app.clock.now() }]);
  });

  test('leaves no memory of the log as it was before', async () => {
    const seq = await say(bob, 'first');
    const given = { key: key(), after: seq };
    const messages = { ...app.messages, append: async () => Promise.reject(new Error('died')) };
    await expect(edit(bob, seq, 'second', given, { ...app, messages })).rejects.toThrow('died');
    await app.clock.pass(6_000);
    // Somebody reads between the sweep's first look and the entry.
    const reading: TestApp['messages'] = {
      ...app.messages,
      append: async (entry) => {
        await page(ann);
        return app.messages.append(entry);
      },
    };
    await sweepNotes({ ...app, messages: reading });
    expect(await page(ann, { after: seq })).toMatchObject([{ type: 'message.edited', key: given.key }]);
  });
});
