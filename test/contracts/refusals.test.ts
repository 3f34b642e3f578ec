import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { script } from '../../lib/redis/script.ts';
import { realRedis, startOwnRedis, urlOf } from '../support/real.ts';

const writing = script('write', "return redis.call('SET', KEYS[1], '1')");
const wrong = script('wrong', "return redis.call('INCR', KEYS[1], 'too', 'many')");

test.each<[string, [string, ...string[]]]>([
  ['is a replica by now', ['REPLICAOF', '127.0.0.1', '1']],
  ['is full', ['CONFIG', 'SET', 'maxmemory', '1']],
])('a Redis that %s is away, as its scripts say too', async (_how, command) => {
  const server = await startOwnRedis(`refusals-${command[0]}`);
  const operator = new Redis(server.port);
  const redis = realRedis(urlOf(server));
  try {
    expect(await redis.run(writing, ['a'], [])).toBe('OK');
    await operator.call(...command);
    await expect(redis.run(writing, ['a'], [])).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    operator.disconnect();
    await redis.close();
    await server.stop();
  }
});

test('what is wrong with a script is not taken for that', async () => {
  const redis = realRedis();
  await expect(redis.run(wrong, ['a'], [])).rejects.not.toHaveProperty('code', 'unavailable');
  await redis.close();
});
