import { beforeEach, describe, expect, test } from '@jest/globals';
import { listConversations } from '../../lib/actions/conversations/list.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { postMessage } from '../../lib/actions/messages/send.ts';
import { markRead } from '../../lib/actions/receipts/mark.ts';
import { readUnread } from '../../lib/actions/receipts/unread.ts';
import type { MessageNew } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import {
  aGroup,
  connectAs,
  type Person,
  performed,
  type TestApp,
  testApp,
  withoutRedis,
} from '../support/app.ts';
import { aConversation } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let group: ConversationId;

const say = async (by: Person, times = 1, conversation = group) => {
  for (let i = 0; i < times; i++) {
    await app.clock.pass(1_001);
    await performed(app, postMessage(app, by, conversation, { type: 'text', text: 'hello' }));
  }
};
const read = (by: Person, seq: number, conversation = group) =>
  performed(app, markRead(app, by, { conversation, seq }));
const unreadOf = async (by: Person, on: TestApp = app) =>
  (await readConversation(on, by, group)).reply.unread;

beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

describe('unread', () => {
  test('are the messages of others above the own watermark', async () => {
    expect(await unreadOf(bob)).toEqual({ count: 0, more: false });
    await say(ann, 3);
    await say(bob, 2);
    expect(await unreadOf(bob)).toEqual({ count: 3, more: false });
    expect(await unreadOf(ann)).toEqual({ count: 2, more: false });
    await read(bob, 3);
    expect(await unreadOf(bob)).toEqual({ count: 1, more: false });
    await read(bob, 6);
    expect(await unreadOf(bob)).toEqual({ count: 0, more: false });
    await say(ann);
    expect(await unreadOf(bob)).toEqual({ count: 1, more: false });
    expect(await unreadOf(ann)).toEqual({ count: 2, more: false });
  });

  test('are right after a read, with Redis remembering, wiped or away', async () => {
    await say(ann, 5);
    await unreadOf(bob);
    await read(bob, 4);
    expect(await unreadOf(bob)).toEqual({ count: 2, more: false });
    expect(await unreadOf(bob, withoutRedis(app))).toEqual({ count: 2, more: false });
    app.keys.wipe();
    expect(await unreadOf(bob)).toEqual({ count: 2, more: false });
  });

  test('are not those that were deleted', async () => {
    await say(ann, 3);
    const log = app.tables.table<MessageNew>(`messages:${group}`);
    for (const [key, entry] of [...log]) {
      if (entry.seq === 3) log.set(key, { ...entry, text: '', deleted: true });
    }
    app.keys.wipe();
    expect(await unreadOf(bob)).toEqual({ count: 2, more: false });
  });

  test('are counted among the newest hundred entries, and then there are more', async () => {
    await say(ann, 99);
    expect(await unreadOf(bob)).toEqual({ count: 99, more: false });
    await say(ann);
    expect(await unreadOf(bob)).toEqual({ count: 100, more: true });
    await read(bob, 1);
    expect(await unreadOf(bob)).toEqual({ count: 100, more: false });
    await say(ann, 5);
    expect(await unreadOf(bob)).toEqual({ count: 100, more: true });
  });

  test('stand in the list, at no read more where memory has the entries', async () => {
    const other = await aGroup(app, ann, bob);
    await say(ann, 12);
    await say(ann, 1, other);
    const list = async (on: TestApp) =>
      new Map(
        (await listConversations(on, bob, { limit: 50, cursor: undefined })).reply.items.map((item) => [
          item.id,
          item.unread,
        ]),
      );
    const told = new Map([
      [group, { count: 12, more: false }],
      [other, { count: 1, more: false }],
    ]);
    expect(await list(app)).toEqual(told);
    const untouched = async (): Promise<never> => {
      throw new Error('the log was read');
    };
    expect(
      await list({ ...app, messages: { ...app.messages, at: untouched, head: untouched, range: untouched } }),
    ).toEqual(told);
  });
});

describe('unread over all conversations', () => {
  test('are their sum, and in how many they lie', async () => {
    expect((await readUnread(app, bob)).reply).toEqual({ count: 0, more: false, conversations: 0 });
    const [second, third] = [await aGroup(app, ann, bob), await aGroup(app, ann, bob)];
    await say(ann, 2);
    await say(ann, 3, second);
    await say(bob, 1, third);
    expect((await readUnread(app, bob)).reply).toEqual({ count: 5, more: false, conversations: 2 });
    await read(bob, 4, second);
    expect((await readUnread(app, bob)).reply).toEqual({ count: 2, more: false, conversations: 1 });
    await say(ann, 101);
    expect((await readUnread(app, bob)).reply).toEqual({ count: 100, more: true, conversations: 1 });
  });
});

test('of more conversations than are counted, it is at least what the newest have', async () => {
  await say(ann, 2);
  const asked = new Set<ConversationId>();
  const many: TestApp = {
    ...app,
    members: {
      ...app.members,
      conversationsOf: async (user) => [
        ...Array.from({ length: 1_500 }, (_, i) => ({ conversation: aConversation(), activeAt: i })),
        ...(await app.members.conversationsOf(user)),
      ],
      member: async (conversation, user) => {
        asked.add(conversation);
        return app.members.member(conversation, user);
      },
    },
  };
  const total = await performed(many, readUnread(many, bob));
  expect(total).toEqual({ count: 2, more: true, conversations: 1 });
  expect(asked.size).toBeLessThanOrEqual(1_000);
});
