import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ping } from '../../lib/actions/connections/ping.ts';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import type { App } from '../../lib/app.ts';
import type { Cassandra } from '../../lib/cassandra/client.ts';
import { redisConnections } from '../../lib/connections/redis.ts';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { perform } from '../../lib/edge/perform.ts';
import { AppError } from '../../lib/errors.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import type { Outcome } from '../../lib/outcome.ts';
import type { Redis } from '../../lib/redis/script.ts';
import { cassandraUnannounced } from '../../lib/unannounced/cassandra.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import type { SendMessage } from '../../schema/frames.ts';
import type { ConversationId, Key } from '../../schema/ids.ts';
import { connectAs, type Person, type TestApp, testApp } from '../support/app.ts';
import { realChance, realClock } from '../support/clock.ts';
import { aKey } from '../support/ids.ts';
import { realCassandra, realRedis } from '../support/real.ts';

/** What the real adapters asked of their stores, counted where they ask. */
const counts = { scripts: [] as string[], commands: 0, statements: [] as string[], posts: 0 };
const redis = realRedis();
const cassandra = realCassandra();
afterAll(() => Promise.all([redis.close(), cassandra.close()]));

const countedRedis: Redis = {
  ...redis,
  run: (script, ...rest) => {
    counts.scripts.push(script.name);
    return redis.run(script, ...rest);
  },
  delete: (...keys) => {
    counts.commands++;
    return redis.delete(...keys);
  },
};
const countedCassandra = Object.fromEntries(
  Object.entries(cassandra).map(([name, method]) => [
    name,
    (...asked: unknown[]) => {
      counts.statements.push(name);
      return (method as (...all: unknown[]) => unknown)(...asked);
    },
  ]),
) as unknown as Cassandra;

let app: TestApp;
let ann: Person;
let bob: Person;
let conversation: ConversationId;

const run = async <Reply>(acting: (uses: App) => Promise<Outcome<Reply>>) => {
  Object.assign(counts, { scripts: [], commands: 0, statements: [], posts: 0 });
  const reply = await acting(app).then(
    (outcome) => perform(app, outcome),
    (error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    },
  );
  return { reply, counted: { ...counts, scripts: [...counts.scripts].sort() } };
};
const frame = (more: Partial<SendMessage> = {}): SendMessage => ({
  action: 'sendMessage',
  type: 'text',
  text: 'hello',
  conversation,
  ...more,
});
const send = (more: Partial<SendMessage> = {}) => run((uses) => sendMessage(uses, ann, frame(more)));

beforeAll(() => {
  const memory = testApp();
  app = {
    ...memory,
    clock: { ...memory.clock, now: realClock.now },
    policy: { ...memory.policy, sendWindow: () => ({ count: 5, windowMs: 60_000 }) },
    connections: redisConnections({ redis: countedRedis, chance: realChance }),
    conversations: redisConversations(countedRedis),
    members: cassandraMembers(countedCassandra),
    messages: cassandraMessages(countedCassandra),
    unannounced: cassandraUnannounced({ cassandra: countedCassandra, clock: realClock }),
    users: cassandraUsers(countedCassandra),
    gateway: {
      ...memory.gateway,
      post: (...asked) => {
        counts.posts++;
        return memory.gateway.post(...asked);
      },
    },
  };
});

const createFor = async (...others: Person[]) => {
  const members = others.map(({ user }) => user);
  const asked = { kind: 'group' as const, title: 'counted', members };
  const { reply } = await run((uses) => createConversation(uses as TestApp, ann, asked));
  if (reply instanceof AppError) throw reply;
  // The first message also notes the activity of all members, once in 15 minutes.
  return reply.id;
};

describe('what a message costs', () => {
  beforeEach(async () => {
    [ann, bob] = [await connectAs(app), await connectAs(app)];
    await connectAs(app, bob.user);
    conversation = await createFor(bob);
    await send();
  });

  test('in a conversation of two: five scripts, one conditional write, live connections − 1 posts', async () => {
    const { reply, counted } = await send({ key: aKey() as Key, after: 2 });
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counted).toEqual({
      scripts: ['enter', 'finish', 'gate', 'mark', 'mark'],
      commands: 0,
      statements: ['writeIf'],
      posts: 2,
    });
  });

  test('in a group of three: one mark and one post more', async () => {
    const cid = await connectAs(app);
    conversation = await createFor(bob, cid);
    await send();
    const { counted } = await send();
    expect(counted).toEqual({
      scripts: ['enter', 'finish', 'gate', 'mark', 'mark', 'mark'],
      commands: 0,
      statements: ['writeIf'],
      posts: 3,
    });
  });

  test('that is a duplicate: two scripts', async () => {
    const key = aKey() as Key;
    await send({ key });
    const { reply, counted } = await send({ key });
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counted).toEqual({ scripts: ['enter', 'gate'], commands: 0, statements: [], posts: 0 });
  });

  test('that is over the limit: one script', async () => {
    for (let i = 0; i < 4; i++) await send();
    const { reply, counted } = await send();
    expect(reply).toMatchObject({ code: 'rate-limited' });
    expect(counted).toEqual({ scripts: ['gate'], commands: 0, statements: [], posts: 0 });
  });

  test('and a ping: one script', async () => {
    const { reply, counted } = await run((uses) => ping(uses, ann, { action: 'ping' }));
    expect(reply).toMatchObject({ type: 'pong' });
    expect(counted).toEqual({ scripts: ['gate'], commands: 0, statements: [], posts: 0 });
  });
});
