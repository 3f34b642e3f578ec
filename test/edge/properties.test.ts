import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { directId, groupId } from '../../lib/entries/create.ts';
import { inLanes } from '../../lib/lanes.ts';
import { bucketOf, firstOf, lastOf } from '../../lib/messages/buckets.ts';
import { memoryRates } from '../../lib/rates/memory.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import { ConversationId, type UserId } from '../../schema/ids.ts';
import { jsonBytes } from '../../schema/text.ts';
import { testClock } from '../support/clock.ts';
import { keyringOf } from '../support/keys.ts';

const user = fc.stringMatching(/^u:[A-Za-z0-9_-]{22}$/) as fc.Arbitrary<UserId>;
const seq = fc.integer({ min: 1, max: 2 ** 40 });

describe('ids', () => {
  test('of direct conversations are the same from both sides, and another for every pair', () => {
    fc.assert(
      fc.property(user, user, user, (ann, bob, cid) => {
        expect(directId(ann, bob)).toBe(directId(bob, ann));
        expect(ConversationId.safeParse(directId(ann, bob)).success).toBe(true);
        if (bob !== cid) expect(directId(ann, bob)).not.toBe(directId(ann, cid));
      }),
    );
  });

  test('of groups belong to their creator and key', () => {
    fc.assert(
      fc.property(user, user, fc.string(), fc.string(), (ann, bob, key, other) => {
        expect(groupId(ann, key)).toBe(groupId(ann, key));
        if (ann !== bob) expect(groupId(ann, key)).not.toBe(groupId(bob, key));
        if (key !== other) expect(groupId(ann, key)).not.toBe(groupId(ann, other));
      }),
    );
  });
});

describe('buckets', () => {
  test('hold every number exactly once, 4 096 at most', () => {
    fc.assert(
      fc.property(seq, (number) => {
        const bucket = bucketOf(number);
        expect(firstOf(bucket)).toBeLessThanOrEqual(number);
        expect(lastOf(bucket)).toBeGreaterThanOrEqual(number);
        expect(lastOf(bucket) - firstOf(bucket)).toBeLessThan(4_096);
        expect(firstOf(bucket + 1)).toBe(lastOf(bucket) + 1);
      }),
    );
  });
});

describe('cursors', () => {
  const cursorsOf = (seed: string) => createCursors(keyringOf({ seed: seed.padEnd(32) }), Date.now);
  const cursors = cursorsOf('a secret');
  const scope = fc.array(fc.string(), { minLength: 1, maxLength: 3 });
  const place = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer());

  test('open where they were sealed, and say the same', () =>
    fc.assert(
      fc.asyncProperty(scope, place, async (where, at) => {
        const opened = await cursors.open(where, await cursors.seal(where, at));
        expect(JSON.stringify(opened)).toBe(JSON.stringify(at));
      }),
    ));

  test('open nowhere else', () =>
    fc.assert(
      fc.asyncProperty(scope, scope, place, async (where, elsewhere, at) => {
        fc.pre(JSON.stringify(where) !== JSON.stringify(elsewhere));
        const sealed = await cursors.seal(where, at);
        await expect(cursors.open(elsewhere, sealed)).rejects.toThrow('cursor');
        await expect(cursorsOf('another secret').open(where, sealed)).rejects.toThrow('cursor');
      }),
    ));

  test('do not open when a bit was changed, or when somebody made them up', () =>
    fc.assert(
      fc.asyncProperty(scope, place, fc.nat(), fc.string(), async (where, at, bit, madeUp) => {
        const bytes = Buffer.from(await cursors.seal(where, at), 'base64url');
        const index = bit % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(index >> 3) ^ (1 << (index & 7)), index >> 3);
        await expect(cursors.open(where, bytes.toString('base64url'))).rejects.toThrow('cursor');
        await expect(cursors.open(where, madeUp)).rejects.toThrow('cursor');
      }),
    ));
});

describe('the limiter', () => {
  const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), count: fc.constant(5) }), {
    maxLength: 60,
  });

  test('never accepts more than N in any window, whenever they ask, and says exactly when to come back', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (asked) => {
        const clock = testClock();
        const rates = memoryRates({ keys: createKeyspace(clock), clock });
        const window = { count: 5, windowMs: 1_000 };
        const accepted: number[] = [];
        for (const { wait } of asked) {
          await clock.pass(wait);
          const retryAfterMs = await rates.take('ann', 'send', window);
          if (retryAfterMs === undefined) accepted.push(clock.now());
          else {
            expect(accepted.filter((time) => time > clock.now() - window.windowMs)).toHaveLength(
              window.count,
            );
            const free = clock.now() + retryAfterMs;
            const heldAt = (at: number) => accepted.filter((time) => time > at - window.windowMs).length;
            // Several may have been accepted in one millisecond, and are free together.
            expect(heldAt(free)).toBeLessThan(window.count);
            expect(heldAt(free - 1)).toBe(window.count);
          }
        }
        for (const from of accepted) {
          const within = accepted.filter((time) => time >= from && time < from + window.windowMs);
          expect(within.length).toBeLessThanOrEqual(window.count);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('bytes of a text', () => {
  test('are those it takes between the quotes of a frame', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(jsonBytes(text)).toBe(
          Buffer.byteLength(JSON.stringify({ text })) - Buffer.byteLength('{"text":""}'),
        );
      }),
    );
  });
});

describe('lanes', () => {
  test('work on everything, never on more at once than there are lanes, whatever fails', async () => {
    const items = fc.array(fc.boolean(), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 8 }), async (fails, lanes) => {
        let running = 0;
        let worked = 0;
        const work = async (fail: boolean) => {
          running++;
          expect(running).toBeLessThanOrEqual(lanes);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          worked++;
          if (fail) throw new Error('failed');
        };
        const all = inLanes(lanes, fails, work);
        if (fails.includes(true)) await expect(all).rejects.toThrow('failed');
        else await all;
        expect(worked).toBe(fails.length);
        expect(running).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
