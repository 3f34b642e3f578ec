import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createConversation } from '../../../lib/actions/conversations/create.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { AppError } from '../../../lib/errors.ts';
import { conversationKeys } from '../../../lib/redis/keys.ts';
import type { SendMessage } from '../../../schema/frames.ts';
import type { ConversationId, Key } from '../../../schema/ids.ts';
import { connectAs, type Person, withoutRedis } from '../../support/app.ts';
import { countedApp } from '../../support/counted.ts';
import { aKey } from '../../support/ids.ts';

const { app, run, close } = countedApp();
afterAll(close);

let ann: Person;
let bob: Person;
let conversation: ConversationId;

const send = (more: Partial<SendMessage> = {}) => {
  const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation, ...more };
  return run(() => sendMessage(app, ann, frame));
};
const createFor = async (...others: Person[]) => {
  const members = others.map(({ user }) => user);
  const { reply, counts } = await run(() =>
    createConversation(app, ann, { kind: 'group', title: 'counted', members }),
  );
  if (reply instanceof AppError) throw reply;
  conversation = reply.id;
  return counts;
};

beforeEach(async () => {
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  await connectAs(app, bob.user);
  await createFor(bob);
  // The first message also notes the activity of all members, once in 15 minutes.
  await send();
});

describe('a message costs', () => {
  test('that is the first within 15 minutes: a write for each member more', async () => {
    await createFor(bob, await connectAs(app));
    expect((await send()).counts.cassandra).toEqual({
      'if messages_by_conversation': 1,
      'write conversations_by_user': 3,
    });
  });

  test('that is a duplicate whose record is gone: as many scripts as a message, and no write', async () => {
    const key = aKey() as Key;
    await send({ key, after: 2 });
    const inRedis = new Redis(process.env.PARLEY_REDIS_URL ?? '');
    await inRedis.del(conversationKeys(conversation).record(ann.user, key));
    inRedis.disconnect();
    const { reply, counts } = await send({ key, after: 2 });
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counts).toEqual({
      redis: { gate: 1, enter: 1, mark: 2, finish: 1 },
      cassandra: {},
      posts: 2,
    });
  });

  test('with Redis away: the truth, its write and a note', async () => {
    const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation };
    const { reply, counts } = await run(() => sendMessage(withoutRedis(app), ann, frame));
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counts).toEqual({
      redis: {},
      cassandra: {
        'read devices_by_user': 1,
        'read conversations': 1,
        'read messages_by_conversation': 1,
        'read members_by_conversation': 1,
        'if messages_by_conversation': 1,
        'write unannounced': 1,
      },
      posts: 0,
    });
  });

  test('after Redis has forgotten the conversation: a rebuild more', async () => {
    await app.conversations.drop(conversation);
    expect((await send()).counts).toEqual({
      redis: { gate: 1, enter: 2, 'start-rebuild': 1, rebuild: 1, mark: 2, finish: 1 },
      cassandra: {
        'read conversations': 1,
        'read messages_by_conversation': 1,
        'read members_by_conversation': 1,
        'if messages_by_conversation': 1,
        'write conversations_by_user': 2,
      },
      posts: 2,
    });
  });
});

test('a creation costs 2m + 2 conditional writes and m + 2 plain ones', async () => {
  const { cassandra } = await createFor(bob, await connectAs(app));
  const writes = Object.entries(cassandra).filter(([name]) => !name.startsWith('read'));
  expect(Object.fromEntries(writes)).toEqual({
    'if members_by_conversation': 3,
    'if conversations_by_user': 3,
    'if conversations': 1,
    'if messages_by_conversation': 1,
    'write unannounced': 2,
    'write conversations_by_user': 3,
  });
});
