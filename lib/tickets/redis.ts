import { ticketKey } from '../redis/keys.ts';
import type { Redis } from '../redis/script.ts';
import type { Claims, Tickets } from './port.ts';

export const redisTickets = (redis: Redis): Tickets => ({
  issue: (ticket, claims, ttlMs) => redis.set(ticketKey(ticket), JSON.stringify(claims), ttlMs),
  redeem: async (ticket) => {
    const claims = await redis.getDelete(ticketKey(ticket));
    return claims === undefined ? undefined : (JSON.parse(claims) as Claims);
  },
});
