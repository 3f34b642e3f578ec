import { isUnavailable } from '../errors.ts';
import { count, timed } from '../metrics/measure.ts';
import type { Redis } from './script.ts';

const failed = (error: unknown) => {
  if (isUnavailable(error)) count('redisFailures');
};
const command = <T>(work: Promise<T>): Promise<T> => timed('redisMs', work, failed);

/** The same Redis, and how long each command took. */
export const measuredRedis = <Real extends Redis>(redis: Real): Real => ({
  ...redis,
  run: (...asked) => command(redis.run(...asked)),
  delete: (...asked) => command(redis.delete(...asked)),
  set: (...asked) => command(redis.set(...asked)),
  get: (...asked) => command(redis.get(...asked)),
  getDelete: (...asked) => command(redis.getDelete(...asked)),
});
