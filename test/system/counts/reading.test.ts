import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { listConversations } from '../../../lib/actions/conversations/list.ts';
import { react } from '../../../lib/actions/messages/change.ts';
import { readMessages } from '../../../lib/actions/messages/read.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { markRead } from '../../../lib/actions/receipts/mark.ts';
import { readReceipts } from '../../../lib/actions/receipts/read.ts';
import { readUnread } from '../../../lib/actions/receipts/unread.ts';
import { sync } from '../../../lib/actions/sync/sync.ts';
import { conversationKeys } from '../../../lib/redis/keys.ts';
import type { Sync } from '../../../schema/frames.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import { aGroup, connectAs, type Person, performed } from '../../support/app.ts';
import { countedApp } from '../../support/counted.ts';
import { aMessage } from '../../support/entries.ts';

const { app, run, close } = countedApp();
afterAll(close);

let ann: Person;
let bob: Person;
let conversation: ConversationId;
let seq: number;

const say = async () => {
  const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation };
  ({ seq } = await performed(app, sendMessage(app, ann, frame)));
};
const read = (more: object = {}) => run(() => readMessages(app, bob, conversation, { limit: 50, ...more }));
const mark = (at = seq) => run(() => markRead(app, bob, { conversation, seq: at }));

/** A group of two, the only one of the second, in which the first has said something. */
beforeEach(async () => {
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  conversation = await aGroup(app, ann, bob);
  for (let i = 0; i < 4; i++) await say();
});

const log = { 'read messages_by_conversation': 1, 'read reactions_by_conversation': 1 };

describe('a page costs', () => {
  test('from below what memory holds one script, the log and the reactions', async () => {
    await performed(app, react(app, bob, { action: 'react', conversation, seq, emoji: '👍' }));
    expect((await read({ before: 3 })).counts).toEqual({ redis: { look: 1 }, cassandra: log, posts: 0 });
    // The newest page is put back into memory.
    expect((await read()).counts).toEqual({ redis: { look: 1, fill: 1 }, cassandra: log, posts: 0 });
  });

  test.each<[string, (redis: Redis) => Promise<unknown>]>([
    ['not looked at for 60 s', (redis) => redis.hset(conversationKeys(conversation).state, { checked: 0 })],
    [
      'that somebody is writing to',
      (redis) => redis.zadd(conversationKeys(conversation).writers, Date.now(), 'somebody'),
    ],
  ])('of a conversation %s a script and a read of two rows more', async (_what, make) => {
    await read();
    const inRedis = new Redis(process.env.PARLEY_REDIS_URL ?? '');
    await make(inRedis);
    inRedis.disconnect();
    expect((await read()).counts).toEqual({
      redis: { look: 1, confirm: 1 },
      cassandra: { 'read messages_by_conversation': 1 },
      posts: 0,
    });
  });

  test('after Redis has forgotten the conversation: a rebuild, the log and the reactions', async () => {
    await app.conversations.drop(conversation);
    expect((await read()).counts).toEqual({
      redis: { look: 2, 'start-rebuild': 1, rebuild: 1, fill: 1 },
      cassandra: {
        'read conversations': 1,
        'read members_by_conversation': 1,
        'read messages_by_conversation': 2,
        'read reactions_by_conversation': 1,
      },
      posts: 0,
    });
  });
});

describe('a month costs one script, two rows for its bounds, the page, and', () => {
  const bounds = { 'read months_by_conversation': 2 };
  /** Goes on with the log at such times; its newest 100 are in memory. */
  const goOn = async (...times: string[]) => {
    for (const [i, at] of times.entries()) {
      const entry = aMessage({ conversation, seq: seq + 1 + i, from: ann.user, ts: Date.parse(at) });
      expect(await app.messages.append(entry)).toBe('stored');
    }
    await app.conversations.drop(conversation);
    await read();
  };

  test('a row for each halving and a write for each bound, the first time only', async () => {
    await goOn('2100-01-02', '2100-01-30', '2100-04-01');
    expect((await read({ month: '2100-01' })).counts).toEqual({
      redis: { look: 1 },
      cassandra: {
        ...bounds,
        'read messages_by_conversation': 2 * Math.log2(8),
        'write months_by_conversation': 2,
      },
      posts: 0,
    });
    expect((await read({ month: '2100-01' })).counts).toEqual({
      redis: { look: 1 },
      cassandra: bounds,
      posts: 0,
    });
  });

  test('of the newest month a row for each halving of one bound, each time', async () => {
    await goOn('2100-01-02', '2100-01-03');
    for (let i = 0; i < 2; i++) {
      expect((await read({ month: '2100-01' })).counts).toEqual({
        redis: { look: 1 },
        cassandra: { ...bounds, 'read messages_by_conversation': 3 },
        posts: 0,
      });
    }
  });
});

describe('receipts cost', () => {
  test('for a mark that does not rise three scripts, and a read of the log', async () => {
    await mark();
    expect((await mark()).counts).toEqual({
      redis: { gate: 1, look: 1, 'recall-receipts': 1 },
      cassandra: { 'read receipt_log': 1 },
      posts: 0,
    });
  });

  test('to be read two scripts and the members, and of one message the log', async () => {
    await mark();
    const redis = { look: 1, 'recall-receipts': 1 };
    const members = { 'read members_by_conversation': 1 };
    expect((await run(() => readReceipts(app, ann, conversation, {}))).counts).toEqual({
      ...{ redis, cassandra: members, posts: 0 },
    });
    expect((await run(() => readReceipts(app, ann, conversation, { seq }))).counts).toEqual({
      ...{ redis, cassandra: { ...members, 'read receipt_log': 1 }, posts: 0 },
    });
  });
});

describe('a list costs', () => {
  test('1 + 2k scripts, its rows and each conversation’s; unread alone the rows', async () => {
    await mark(2);
    const shown = { look: 1, 'recall-receipts': 1 };
    expect((await run(() => listConversations(app, bob, { limit: 20 }))).counts).toEqual({
      redis: { changes: 1, ...shown },
      cassandra: { 'read conversations_by_user': 1, 'read conversations': 1 },
      posts: 0,
    });
    expect((await run(() => readUnread(app, bob))).counts).toEqual({
      redis: shown,
      cassandra: { 'read conversations_by_user': 1 },
      posts: 0,
    });
  });
});

test('a list costs 1 + 8k scripts and 1 + 7k reads after Redis has forgotten the conversations', async () => {
  await mark(2);
  await app.conversations.drop(conversation);
  const { counts } = await run(() => listConversations(app, bob, { limit: 20 }));
  expect(counts).toEqual({
    redis: {
      changes: 1,
      ...{ look: 2, 'start-rebuild': 1, rebuild: 1, fill: 1 },
      ...{ 'recall-receipts': 1, 'start-receipts': 1, 'apply-receipts': 1 },
    },
    cassandra: {
      'read conversations_by_user': 1,
      'read conversations': 2,
      'read members_by_conversation': 1,
      'read messages_by_conversation': 2,
      'read reactions_by_conversation': 1,
      'read receipts_by_conversation': 1,
    },
    posts: 0,
  });
});

describe('a sync costs gate, changes and 2k scripts, and', () => {
  test('by inbox the reactions of what changed; a compare the rows of the user too', async () => {
    const ask = (position: Partial<Sync>) => run(() => sync(app, bob, { action: 'sync', ...position }));
    await mark();
    const held = { [conversation]: seq };
    const { reply } = await ask({ since: 0 });
    if (!('inbox' in reply)) throw reply;
    await say();
    const redis = { gate: 1, changes: 1, look: 1, 'recall-receipts': 1 };
    const reactions = { 'read reactions_by_conversation': 1 };
    const { inbox, now: since } = reply;
    expect((await ask({ inbox, since, heads: held })).counts).toEqual({
      ...{ redis, cassandra: reactions, posts: 0 },
    });
    expect((await ask({ since, heads: held })).counts).toEqual({
      ...{ redis, cassandra: { ...reactions, 'read conversations_by_user': 1 }, posts: 0 },
    });
  });
});
