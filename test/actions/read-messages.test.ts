import { beforeEach, describe, expect, test } from '@jest/globals';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import type { MessagesQuery } from '../../schema/http/conversations.ts';
import type { ConversationId } from '../../schema/ids.ts';
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
import { aMessage } from '../support/entries.ts';
import { aConversation } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let group: ConversationId;

beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

const read = async (query: Partial<MessagesQuery> = {}, on: TestApp = app, by = ann) =>
  (await readMessages(on, by, group, { limit: 50, ...query })).reply;
const seqsOf = async (query: Partial<MessagesQuery>, on: TestApp = app) =>
  (await read(query, on)).items.map(({ seq }) => seq);
const say = async (text: string) => {
  await performed(
    app,
    sendMessage(app, bob, { action: 'sendMessage', type: 'text', conversation: group, text }),
  );
  await app.clock.pass(250);
};
/** Fills the log straight away, with stamps of the test's choice. */
const fill = async (upTo: number, tsOf = (seq: number) => app.clock.now() + seq) => {
  const first = (await app.messages.head(group, 0)).seq + 1;
  for (let seq = first; seq <= upTo; seq++) {
    await app.messages.append(aMessage({ conversation: group, seq, from: bob.user, ts: tsOf(seq) }));
  }
  await app.conversations.drop(group);
};
const countReads = () => {
  let reads = 0;
  const counting: TestApp = {
    ...app,
    messages: {
      ...app.messages,
      range: (...asked) => {
        reads++;
        return app.messages.range(...asked);
      },
      head: (...asked) => {
        reads++;
        return app.messages.head(...asked);
      },
    },
  };
  return { counting, reads: () => reads };
};

describe('a page', () => {
  test('goes from newest to oldest', async () => {
    await say('one');
    await say('two');
    const { items, next } = await read();
    expect(items).toMatchObject([
      { seq: 3, type: 'message.new', text: 'two', from: bob.user, conversation: group },
      { seq: 2, text: 'one' },
      { seq: 1, type: 'conversation.created' },
    ]);
    expect(next).toBeUndefined();
  });

  test('of the newest is served from memory, without a look at the log', async () => {
    await say('one');
    await say('two');
    const { counting, reads } = countReads();
    expect(await seqsOf({ limit: 2 }, counting)).toEqual([3, 2]);
    expect(reads()).toBe(0);
  });

  test('is right when memory holds nothing, and is remembered then', async () => {
    await fill(20);
    expect(await seqsOf({ limit: 5 })).toEqual([20, 19, 18, 17, 16]);
    const { counting, reads } = countReads();
    expect(await seqsOf({ limit: 5 }, counting)).toEqual([20, 19, 18, 17, 16]);
    expect(reads()).toBe(0);
  });

  test('is read on by its cursor, to the very first entry', async () => {
    await fill(23);
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await read({ limit: 10, cursor });
      seen.push(...items.map(({ seq }) => seq));
      cursor = next;
    } while (cursor);
    expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => 23 - i));
  });

  test('keeps its place while others write', async () => {
    await fill(10);
    const { next } = await read({ limit: 4 });
    await say('meanwhile');
    expect(await seqsOf({ limit: 4, cursor: next })).toEqual([6, 5, 4, 3]);
  });

  test('lies between `before` and `after`, both left out', async () => {
    await fill(12);
    expect(await seqsOf({ before: 5 })).toEqual([4, 3, 2, 1]);
    expect(await seqsOf({ after: 9 })).toEqual([12, 11, 10]);
    expect(await seqsOf({ before: 9, after: 5 })).toEqual([8, 7, 6]);
    expect(await seqsOf({ before: 1 })).toEqual([]);
    expect(await seqsOf({ after: 12 })).toEqual([]);
    const { items, next } = await read({ after: 2, limit: 4 });
    expect(items.map(({ seq }) => seq)).toEqual([12, 11, 10, 9]);
    expect(await seqsOf({ limit: 4, cursor: next })).toEqual([8, 7, 6, 5]);
  });

  test('after an entry that does not exist is refused', async () => {
    expect(await refusal(read({ after: 2 }))).toMatchObject({ code: 'bad-request', pointer: '/after' });
  });

  test('after an entry that Redis forgot is not', async () => {
    const copy = app.keys.copy();
    await say('one');
    await say('two');
    app.keys.restore(copy);
    expect(await seqsOf({ after: 2 })).toEqual([3]);
  });
});

describe('a month', () => {
  const stamps = ['2025-02-10', '2025-04-01', '2025-04-30T23:59:59.999', '2025-06-01'].map((day) =>
    Date.parse(`${day}Z`),
  );
  beforeEach(async () => {
    // Entry 1 is of the clock's own time; a log of its own shows the months.
    group = aConversation();
    await app.members.add(group, { user: ann.user, role: 'member', version: 1 }, undefined);
    const row = { kind: 'group' as const, creator: ann.user, request: '', createdAt: 0 };
    await app.members.create({ id: group, ...row });
    for (const [i, ts] of stamps.entries()) {
      await app.messages.append(aMessage({ conversation: group, seq: i + 1, from: ann.user, ts }));
    }
  });

  test('is found by its numbers', async () => {
    expect(await seqsOf({ month: '2025-04' })).toEqual([3, 2]);
    expect(await seqsOf({ month: '2025-02' })).toEqual([1]);
    expect(await seqsOf({ month: '2025-06' })).toEqual([4]);
  });

  test('without messages is empty', async () => {
    expect(await seqsOf({ month: '2025-03' })).toEqual([]);
    expect(await seqsOf({ month: '2024-12' })).toEqual([]);
    expect(await seqsOf({ month: '2030-01' })).toEqual([]);
  });

  test('is remembered once it cannot change', async () => {
    await read({ month: '2025-04' });
    expect(await app.messages.month(group, '2025-04')).toBe(2);
    expect(await app.messages.month(group, '2025-05')).toBe(4);
    await read({ month: '2025-06' });
    expect(await app.messages.month(group, '2025-06')).toBeUndefined();
  });

  test('is paged like everything else', async () => {
    const { items, next } = await read({ month: '2025-04', limit: 1 });
    expect(items.map(({ seq }) => seq)).toEqual([3]);
    expect(await seqsOf({ limit: 1, cursor: next })).toEqual([2]);
  });
});

describe('who may read', () => {
  test('members, and nobody else', async () => {
    const eve = await connectAs(app);
    expect(await refusal(read({}, app, eve))).toMatchObject({ code: 'not-found' });
    group = aConversation();
    expect(await refusal(read())).toMatchObject({ code: 'not-found' });
  });

  test('a cursor opens for its user and its conversation alone', async () => {
    await fill(5);
    const { next } = await read({ limit: 2 });
    expect(await refusal(read({ cursor: next }, app, bob))).toMatchObject({
      code: 'bad-request',
      pointer: '/cursor',
    });
    const other = await aGroup(app, ann, bob);
    const elsewhere = readMessages(app, ann, other, { limit: 2, cursor: next });
    expect(await refusal(elsewhere)).toMatchObject({ code: 'bad-request', pointer: '/cursor' });
    for (const forged of ['', 'AAAA', `${next}A`]) {
      expect(await refusal(read({ cursor: forged }))).toMatchObject({
        code: 'bad-request',
        pointer: '/cursor',
      });
    }
  });
});

describe('what a reader believes', () => {
  test('a head that somebody may be writing above is looked at again', async () => {
    await say('one');
    const attempt = {
      conversation: group,
      sender: bob.user,
      key: 'a-key-of-16-chars',
      holder: 'x',
      turn: true,
    };
    await app.conversations.enter({ ...attempt, after: 'nowhere' });
    await app.messages.append(aMessage({ conversation: group, seq: 3, from: bob.user }));
    expect(await seqsOf({})).toEqual([3, 2, 1]);
  });

  test('nor one that was looked at before he wrote, and confirmed late', async () => {
    await say('one');
    const attempt = { conversation: group, sender: bob.user, key: 'a-key-of-16-chars', holder: 'x' };
    await app.conversations.enter({ ...attempt, turn: true, after: 'nowhere' });
    await app.messages.append(aMessage({ conversation: group, seq: 3, from: bob.user }));
    await app.clock.pass(29_000);
    await app.conversations.confirm(group, 2);
    await app.clock.pass(59_000);
    expect(await seqsOf({})).toEqual([3, 2, 1]);
  });

  test('a head that was not looked at for a minute is looked at again', async () => {
    await say('one');
    await app.messages.append(aMessage({ conversation: group, seq: 3, from: bob.user }));
    expect(await seqsOf({})).toEqual([2, 1]);
    await app.clock.pass(61_000);
    expect(await seqsOf({})).toEqual([3, 2, 1]);
  });

  test('with Redis away, the log', async () => {
    await say('one');
    expect(await seqsOf({}, withoutRedis(app))).toEqual([2, 1]);
  });
});

describe('a number that the store has lost', () => {
  const lossy = (): TestApp => ({
    ...app,
    messages: {
      ...app.messages,
      range: async (...asked) => (await app.messages.range(...asked)).filter(({ seq }) => seq !== 7),
    },
  });

  test('is told, and raised as an alarm', async () => {
    await fill(10);
    const { items, missing } = await read({}, lossy());
    expect(missing).toEqual([7]);
    expect(items.map(({ seq }) => seq)).not.toContain(7);
    expect(app.logs).toContainEqual({
      level: 'error',
      event: 'log.lost',
      fields: { conversation: group, missing: [7] },
    });
  });

  test('is waited for first: a range is no snapshot', async () => {
    await fill(10);
    let reads = 0;
    const torn: TestApp = {
      ...app,
      messages: {
        ...app.messages,
        range: async (...asked) =>
          (await app.messages.range(...asked)).filter(({ seq }) => seq !== 7 || ++reads > 2),
      },
    };
    const { items, missing } = await read({}, torn);
    expect(missing).toBeUndefined();
    expect(items).toHaveLength(10);
  });
});
