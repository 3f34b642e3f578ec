import { ticketKey } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import type { Claims, Tickets } from './port.ts';

export const memoryTickets = ({ keys }: { keys: Keyspace }): Tickets => ({
  issue: async (ticket, claims, ttlMs) => keys.set(ticketKey(ticket), claims, ttlMs),
  redeem: async (ticket) => {
    const claims = keys.get<Claims>(ticketKey(ticket));
    keys.delete(ticketKey(ticket));
    return claims;
  },
});
