import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTables } from '../../lib/cassandra/tables.ts';
import { memoryConversations } from '../../lib/conversations/memory.ts';
import type { Conversations, Member } from '../../lib/conversations/port.ts';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { AppError } from '../../lib/errors.ts';
import { inLanes } from '../../lib/lanes.ts';
import { bucketOf } from '../../lib/messages/buckets.ts';
import { cassandraReceipts } from '../../lib/receipts/cassandra.ts';
import { memoryReceipts, memoryStoredReceipts } from '../../lib/receipts/memory.ts';
import type { Mark, MarkKind, Pass, Receipts, StoredReceipts } from '../../lib/receipts/port.ts';
import { redisReceipts } from '../../lib/receipts/redis.ts';
import { conversationKeys } from '../../lib/redis/keys.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { type Redis, script } from '../../lib/redis/script.ts';
import type { ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import { realChance, realClock } from '../support/clock.ts';
import { aConversation, aDevice, aKey, aUser } from '../support/ids.ts';
import { realCassandra, realCluster, realRedis } from '../support/real.ts';

const single = realRedis();
const cluster = realCluster();
const cassandra = realCassandra();
afterAll(() => Promise.all([single.close(), cluster.close(), cassandra.close()]));

type Made = { port: Receipts; conversations: Conversations };

const inMemory = (): Made => {
  const keys = createKeyspace(realClock);
  return {
    port: memoryReceipts({ keys, tables: createTables() }),
    conversations: memoryConversations({ keys, clock: realClock }),
  };
};
const over = (redis: Redis, stored: StoredReceipts): Made => ({
  port: redisReceipts({ redis, stored, chance: realChance }),
  conversations: redisConversations(redis),
});

const implementations: [string, () => Made][] = [
  ['memory', inMemory],
  ['Redis over memory', () => over(single, memoryStoredReceipts(createTables()))],
  ['Redis over Cassandra', () => over(single, cassandraReceipts(cassandra))],
  ['a Redis cluster over Cassandra', () => over(cluster, cassandraReceipts(cassandra))],
];

let conversation: ConversationId;
let ann: UserId;
let bob: UserId;
const phone = aDevice() as DeviceId;
const at = 1_795_000_000_000;

const aMark = (user: UserId, kind: MarkKind, seq: number, device = phone): Mark => ({
  conversation,
  user,
  device,
  kind,
  seq,
  at: at + seq,
});

beforeEach(() => {
  [conversation, ann, bob] = [aConversation(), aUser(), aUser()];
});

const logFrom = async (port: Pick<Receipts, 'passes'>, low: number, high: number) => {
  const passes: Pass[] = [];
  for await (const page of port.passes(conversation, low, high)) passes.push(...page);
  return passes;
};

describe.each(implementations)('receipts in %s', (_name, make) => {
  let port: Receipts;
  let conversations: Conversations;
  beforeEach(() => {
    ({ port, conversations } = make());
  });
  const forget = (id: ConversationId) => conversations.drop(id);

  /** A writer finds that Redis remembers less than what he has met. */
  const regress = async (id: ConversationId, user: UserId) => {
    const token = await conversations.startRebuild(id, aKey());
    const members: Member[] = [{ user, role: 'owner', version: 1 }];
    const state = { conversation: id, token, patched: 'p', head: { seq: 3, ts: 3 }, members, activeAt: 0 };
    await conversations.rebuild(state);
    const by = { conversation: id, sender: user, key: aKey(), holder: aKey() };
    expect(await conversations.finish({ ...by, base: 9, stored: { seq: 9, ts: 9 } })).toMatchObject({
      memory: 'dropped',
    });
  };

  const marked = async (mark: Mark) => {
    await port.store(mark);
    return port.raise(mark);
  };
  const of = async () => new Map((await port.of(conversation)).map((mark) => [mark.user, mark]));

  test('nobody has any to begin with', async () => {
    expect(await port.of(conversation)).toEqual([]);
    expect(await port.own(conversation, ann)).toEqual({ user: ann, delivered: 0, read: 0 });
  });

  test('what was read has arrived, and what has arrived was not read', async () => {
    await port.of(conversation);
    await marked(aMark(ann, 'delivered', 5));
    await marked(aMark(bob, 'read', 4));
    const told = new Map([
      [ann, { user: ann, delivered: 5, read: 0 }],
      [bob, { user: bob, delivered: 4, read: 4 }],
    ]);
    expect(await of()).toEqual(told);
    await forget(conversation);
    expect(await of()).toEqual(told);
    expect(await port.own(conversation, bob)).toEqual(told.get(bob));
  });

  test('a mark says whether it rose, once it is known what stood before', async () => {
    expect(await marked(aMark(ann, 'read', 3))).toBeUndefined();
    await port.own(conversation, ann);
    expect(await marked(aMark(ann, 'read', 7))).toEqual({ user: ann, delivered: 7, read: 7, rose: true });
    expect(await marked(aMark(ann, 'read', 7))).toEqual({ user: ann, delivered: 7, read: 7, rose: false });
    expect(await marked(aMark(ann, 'delivered', 6))).toMatchObject({ delivered: 7, rose: false });
    expect(await marked(aMark(ann, 'delivered', 9))).toMatchObject({ delivered: 9, read: 7, rose: true });
    expect(await marked(aMark(ann, 'read', 8))).toMatchObject({ delivered: 9, read: 8, rose: true });
  });

  test('are forgotten with a head that lies below a base', async () => {
    expect(await marked(aMark(ann, 'read', 3))).toBeUndefined();
    await port.own(conversation, ann);
    await regress(conversation, ann);
    expect(await marked(aMark(ann, 'read', 7))).toBeUndefined();
  });

  test('raising remembers nothing of which the rest is not known', async () => {
    await port.store(aMark(bob, 'read', 2));
    await port.raise(aMark(ann, 'read', 3));
    expect([...(await of()).keys()]).toEqual([bob]);
  });

  test('a watermark only rises, whatever the order, and whatever is forgotten in between', async () => {
    const step = fc.record({
      seq: fc.integer({ min: 1, max: 9_000 }),
      kind: fc.constantFrom<MarkKind>('delivered', 'read'),
      raised: fc.boolean(),
      forgotten: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (steps, atOnce) => {
          conversation = aConversation();
          let seen = await port.own(conversation, ann);
          const take = async ({ seq, kind, raised, forgotten }: (typeof steps)[number]) => {
            if (forgotten) await forget(conversation);
            await port.store(aMark(ann, kind, seq));
            if (raised) await port.raise(aMark(ann, kind, seq));
          };
          if (atOnce) await Promise.all(steps.map(take));
          else {
            for (const one of steps) {
              await take(one);
              const now = await port.own(conversation, ann);
              expect(now.delivered).toBeGreaterThanOrEqual(seen.delivered);
              expect(now.read).toBeGreaterThanOrEqual(seen.read);
              expect(now.delivered).toBeGreaterThanOrEqual(now.read);
              seen = now;
            }
          }
          await forget(conversation);
          const highest = (some: typeof steps) => Math.max(0, ...some.map(({ seq }) => seq));
          expect(await port.own(conversation, ann)).toEqual({
            user: ann,
            delivered: highest(steps),
            read: highest(steps.filter(({ kind }) => kind === 'read')),
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a mark is stored whatever its author believed before', async () => {
    const believing = (read: number) => ({ user: ann, delivered: read, read });
    await port.store(aMark(ann, 'read', 5), believing(3));
    await port.store(aMark(ann, 'read', 9));
    await port.store(aMark(ann, 'read', 12), believing(5));
    await port.store(aMark(ann, 'read', 7), believing(2));
    expect(await port.own(conversation, ann)).toEqual({ user: ann, delivered: 12, read: 12 });
  });

  test('the log says when and where each watermark passed, over the edge of a bucket', async () => {
    const laptop = aDevice() as DeviceId;
    for (const seq of [4_090, 4_100]) await port.store(aMark(ann, 'read', seq));
    await port.store(aMark(bob, 'delivered', 4_095, laptop));
    await port.store(aMark(bob, 'delivered', 4_095));
    expect(bucketOf(4_095)).not.toBe(bucketOf(4_100));
    expect((await logFrom(port, 4_091, 4_100)).map(({ seq }) => seq)).toEqual([4_095, 4_095, 4_100]);
    const [first] = await logFrom(port, 4_096, 4_100);
    expect(first).toEqual({ user: ann, device: phone, kind: 'read', seq: 4_100, at: at + 4_100 });
    expect(await logFrom(port, 4_101, 4_101)).toEqual([]);
  });

  test('each device is logged once for what it has passed, when it first did', async () => {
    const laptop = aDevice() as DeviceId;
    await port.store(aMark(ann, 'read', 10));
    const later = { at: at + 99 };
    const fromLaptop = { ...aMark(ann, 'delivered', 10, laptop), ...later };
    for (const mark of [
      { ...aMark(ann, 'read', 10), ...later },
      { ...aMark(ann, 'delivered', 8), ...later },
      fromLaptop,
      { ...fromLaptop, at: at + 200 },
      { ...fromLaptop, kind: 'read' as const },
      { ...aMark(bob, 'delivered', 9), ...later },
    ])
      await port.pass(mark);
    const logged = (await logFrom(port, 1, 10)).map(({ user, device, kind, seq, at: when }) => [
      [user, device, kind].join(),
      seq,
      when - at,
    ]);
    expect(logged.sort()).toEqual(
      [
        [[ann, phone, 'read'].join(), 10, 10],
        [[ann, laptop, 'delivered'].join(), 10, 99],
        [[ann, laptop, 'read'].join(), 10, 99],
        [[bob, phone, 'delivered'].join(), 9, 99],
      ].sort(),
    );
    expect(await port.own(conversation, bob)).toMatchObject({ delivered: 0 });
  });

  test('a log is read page by page', async () => {
    const marks = Array.from({ length: 1_100 }, (_, i) => aMark(aUser(), 'delivered', i + 1));
    await inLanes(16, marks, (mark) => port.store(mark));
    const pages: number[] = [];
    for await (const page of port.passes(conversation, 1, 1_100)) pages.push(page.length);
    expect(pages).toEqual([1_000, 100]);
  });
});

describe.each([
  ['Redis', single],
  ['a Redis cluster', cluster],
])('what %s remembers', (_name, redis) => {
  const tables = createTables();
  const stored = memoryStoredReceipts(tables);
  const chance = realChance;
  const raw = (source: string, ...args: string[]) =>
    redis.run(script(source, source), [conversationKeys(conversation).receipts], args);

  test('is complete also where a mark came in while it was rebuilt', async () => {
    await stored.store(aMark(ann, 'read', 2));
    const during: StoredReceipts = {
      ...stored,
      of: async (id) => {
        const early = await stored.of(id);
        const other = redisReceipts({ redis, stored, chance });
        await other.store(aMark(bob, 'read', 5));
        expect(await other.raise(aMark(bob, 'read', 5))).toBeUndefined();
        return early;
      },
    };
    const told = await redisReceipts({ redis, stored: during, chance }).of(conversation);
    expect(told.map(({ user, read }) => [user, read]).sort()).toEqual(
      [
        [ann, 2],
        [bob, 5],
      ].sort(),
    );
    expect(await redisReceipts({ redis, stored, chance }).own(conversation, bob)).toMatchObject({ read: 5 });
  });

  test('is not what a rebuild read that was voided meanwhile', async () => {
    const voided: StoredReceipts = {
      ...stored,
      of: async (id) => {
        const early = await stored.of(id);
        await redisConversations(redis).drop(conversation);
        await stored.store(aMark(bob, 'read', 5));
        return early;
      },
    };
    await redisReceipts({ redis, stored: voided, chance }).of(conversation);
    expect(await redisReceipts({ redis, stored, chance }).own(conversation, bob)).toMatchObject({ read: 5 });
  });

  test('lives for an hour, and no longer for what is raised', async () => {
    const port = redisReceipts({ redis, stored, chance });
    await port.of(conversation);
    await raw("return redis.call('PEXPIRE', KEYS[1], 5000)");
    await port.raise(aMark(ann, 'read', 5));
    expect(Number(await raw("return redis.call('PTTL', KEYS[1])"))).toBeLessThanOrEqual(5_000);
    await redisConversations(redis).drop(conversation);
    await port.of(conversation);
    const left = Number(await raw("return redis.call('PTTL', KEYS[1])"));
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });
});

describe('with Redis away', () => {
  const refuse = async () => {
    throw new AppError('unavailable', 'unable to reach the store; the test says so');
  };
  const down = { run: refuse, delete: refuse, set: refuse, get: refuse, getDelete: refuse } as Redis;

  test('reads go on from the store, and marks are refused once they are stored', async () => {
    const stored = memoryStoredReceipts(createTables());
    const port = redisReceipts({ redis: down, stored, chance: realChance });
    await port.store(aMark(ann, 'read', 5));
    await expect(port.raise(aMark(ann, 'read', 5))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await port.own(conversation, ann)).toEqual({ user: ann, delivered: 5, read: 5 });
    expect(await port.of(conversation)).toEqual([{ user: ann, delivered: 5, read: 5 }]);
  });
});
