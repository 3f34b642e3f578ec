import { rateKey } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import takeLua from './lua/take.lua';
import windowLua from './lua/window.lua';
import type { Rates } from './port.ts';

const take = script('take', windowLua + takeLua);

export const redisRates = (redis: Redis): Rates => ({
  take: async (subject, rateClass, { count, windowMs }) => {
    const wait = Number(await redis.run(take, [rateKey(subject, rateClass)], [count, windowMs]));
    return wait === 0 ? undefined : wait;
  },
});
