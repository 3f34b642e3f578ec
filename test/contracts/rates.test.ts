import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryRates } from '../../lib/rates/memory.ts';
import type { Rates } from '../../lib/rates/port.ts';
import { redisRates } from '../../lib/rates/redis.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { realClock } from '../support/clock.ts';
import { aUser } from '../support/ids.ts';
import { realCluster, realRedis } from '../support/real.ts';

const single = realRedis();
const cluster = realCluster();
afterAll(() => Promise.all([single.close(), cluster.close()]));

const implementations: [string, () => Rates][] = [
  ['memory', () => memoryRates({ keys: createKeyspace(realClock), clock: realClock })],
  ['Redis', () => redisRates(single)],
  ['a Redis cluster', () => redisRates(cluster)],
];

describe.each(implementations)('rates in %s', (_name, make) => {
  let port: Rates;
  let ann: string;
  beforeEach(() => {
    port = make();
    ann = aUser();
  });
  const minute = { count: 3, windowMs: 60_000 };

  test('as many takes are accepted as the window has places, however many ask at once', async () => {
    const waits = await Promise.all(Array.from({ length: 10 }, () => port.take(ann, 'send', minute)));
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(3);
    for (const wait of waits) expect(wait ?? 1).toBeLessThanOrEqual(60_000);
  });

  test('subjects and classes are counted apart', async () => {
    for (let i = 0; i < 3; i++) await port.take(ann, 'send', minute);
    expect(await port.take(ann, 'login', minute)).toBeUndefined();
    expect(await port.take(aUser(), 'send', minute)).toBeUndefined();
  });

  test('after the wait that a refusal names, the take is accepted', async () => {
    const window = { count: 1, windowMs: 300 };
    expect(await port.take(ann, 'send', window)).toBeUndefined();
    const wait = await port.take(ann, 'send', window);
    expect(wait).toBeGreaterThan(0);
    // By the clock that counts: a timer may fire a moment before it.
    for (const until = Date.now() + (wait ?? 0); Date.now() < until; ) await pause(1);
    expect(await port.take(ann, 'send', window)).toBeUndefined();
  });

  test('a refused take is not counted', async () => {
    const window = { count: 1, windowMs: 300 };
    await port.take(ann, 'send', window);
    const waits = [];
    for (let i = 0; i < 5; i++) waits.push(await port.take(ann, 'send', window));
    expect(waits.every((wait) => wait !== undefined && wait <= 300)).toBe(true);
    expect(waits.at(-1)).toBeLessThanOrEqual(waits[0] ?? 0);
  });

  test('a window may change its size', async () => {
    for (let i = 0; i < 3; i++) await port.take(ann, 'send', minute);
    expect(await port.take(ann, 'send', { ...minute, count: 2 })).toBeDefined();
    expect(await port.take(ann, 'send', { ...minute, count: 4 })).toBeUndefined();
    expect(await port.take(ann, 'send', { ...minute, count: 4 })).toBeDefined();
  });
});
