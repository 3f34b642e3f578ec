import type { DeviceId, UserId } from '../../schema/ids.ts';

/**
 * One-use stand-ins for a token in a URL. An adapter MUST give a ticket's claims to one redeemer only, and to none
 * after its time.
 */
export type Tickets = {
  issue(ticket: string, claims: Claims, ttlMs: number): Promise<void>;
  redeem(ticket: string): Promise<Claims | undefined>;
};

/** What a verified token says, and a ticket stands for. `expiresAt` is the token's, in milliseconds since 1970. */
export type Claims = { user: UserId; device: DeviceId; role: string; expiresAt: number };
