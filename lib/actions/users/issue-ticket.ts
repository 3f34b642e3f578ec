import type { Ticket } from '../../../schema/http/users.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';

/** A stand-in for the caller's token that may be seen in a URL: one use, 30 s. */
export const issueTicket = async (
  { tickets, clock, chance }: Pick<App, 'tickets' | 'clock' | 'chance'>,
  { user, device, role, expiresAt }: Caller,
): Promise<Outcome<Ticket>> => {
  const ticket = chance.id();
  const ttlMs = limits.ticketSeconds * 1_000;
  await tickets.issue(ticket, { user, device, role, expiresAt }, ttlMs);
  return { reply: { ticket, expiresAt: clock.now() + ttlMs } };
};
