import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createRedis } from '../../lib/redis/client.ts';
import { redisAccess } from '../../scripts/cloud/access.ts';
import { type RedisServer, startRedis } from '../../scripts/parts/redis.ts';
import { realClock, testClock } from '../support/clock.ts';
import { realCluster, realRedis } from '../support/real.ts';

/**
 * The user that the stack makes in Valkey. The servers of this run know them too, and it is as them that every other
 * test of this project comes in: what a script may not call fails there. Here is what this does not show.
 */
let server: RedisServer;
let operator: Redis;
let password = 'the first one';
const asked: string[] = [];

beforeAll(async () => {
  server = await startRedis({
    server: process.env.TEST_REDIS_SERVER ?? '',
    directory: join(process.env.TEST_DIRECTORY ?? '', 'acl'),
  });
  operator = new Redis(server.port, '127.0.0.1');
});
afterAll(async () => {
  operator.disconnect();
  await server.stop();
});

const allow = (secret: string) =>
  operator.acl('SETUSER', 'parley', 'reset', `>${secret}`, ...redisAccess().split(' '));

test('the tests of this project come in as that user', () => {
  for (const name of ['PARLEY_REDIS_URL', 'TEST_CLUSTER_URL']) {
    expect(new URL(process.env[name] ?? '').username).toBe('parley');
  }
});

test.each([
  ['one server', realRedis],
  ['a cluster', realCluster],
])('plain commands are allowed on %s', async (_name, open) => {
  const redis = open();
  await redis.set('acl', 'here', 10_000);
  expect(await redis.get('acl')).toBe('here');
  expect(await redis.getDelete('acl')).toBe('here');
  await redis.delete('acl');
  await redis.close();
});

test('a command that the product does not use is refused', async () => {
  await allow(password);
  const intruder = new Redis(server.port, '127.0.0.1', {
    username: 'parley',
    password,
    enableReadyCheck: false,
  });
  await expect(intruder.keys('*')).rejects.toThrow(/NOPERM/);
  await expect(intruder.flushall()).rejects.toThrow(/NOPERM/);
  await expect(intruder.eval("return redis.call('KEYS', '*')", 0)).rejects.toThrow();
  intruder.disconnect();
});

test('the password is asked for when a connection is opened, and again once it was replaced', async () => {
  await allow(password);
  const clock = testClock();
  const redis = createRedis({
    url: `redis://parley@127.0.0.1:${server.port}`,
    password: async () => {
      asked.push(password);
      return password;
    },
    cluster: false,
    commandMs: 5_000,
    clock,
  });
  await redis.set('acl', 'here', 10_000);
  await redis.get('acl');
  expect(asked).toEqual(['the first one']);

  password = 'the second one';
  await allow(password);
  await operator.client('KILL', 'USER', 'parley');
  // The first command finds the door closed; the next one, a moment later, fetches the new password.
  await redis.get('acl').catch(() => {});
  await clock.pass(1_000);
  expect(await redis.get('acl')).toBe('here');
  expect(asked.at(-1)).toBe('the second one');
  await redis.close();
});

test('a password that cannot be had is a store that is away', async () => {
  const redis = createRedis({
    url: `redis://parley@127.0.0.1:${server.port}`,
    password: async () => {
      throw new Error('no answer');
    },
    cluster: false,
    commandMs: 5_000,
    clock: realClock,
  });
  await expect(redis.get('acl')).rejects.toMatchObject({ code: 'unavailable' });
  await redis.close();
});
