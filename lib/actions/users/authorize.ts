import type { App } from '../../app.ts';
import type { Admitted } from '../../caller.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import type { Claims } from '../../tickets/port.ts';
import { confirmDevice, identify } from '../../tokens/authenticate.ts';

/** What a client may show at the handshake. */
export type Shown = { token?: string; ticket?: string };

type Uses = Pick<App, 'tokens' | 'tickets' | 'users' | 'connections' | 'clock'>;

const redeem = async (app: Uses, ticket: string | undefined): Promise<Claims> => {
  const claims = ticket === undefined ? undefined : await app.tickets.redeem(ticket);
  if (!claims) throw new AppError('unauthorized', 'unable to let in; no token, and no ticket that is good');
  if (claims.expiresAt <= app.clock.now()) {
    throw new AppError('token-expired', 'unable to let in; the token behind the ticket has expired');
  }
  return claims;
};

/** With Redis away a connection comes in all the same, and is registered by its first frame. */
const epochOf = async ({ connections }: Uses, { user }: Claims): Promise<string | undefined> => {
  try {
    return await connections.epoch(user);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return undefined;
  }
};

/**
 * Lets a connection in, by token or by a ticket that nobody used yet. The epoch comes before the device's row: what
 * Redis loses after that shows when the connection is registered.
 */
export const authorize = async (app: Uses, { token, ticket }: Shown): Promise<Admitted> => {
  const claims = token === undefined ? await redeem(app, ticket) : await identify(app, token);
  const epoch = await epochOf(app, claims);
  await confirmDevice(app, claims.user, claims.device);
  return { ...claims, ...(epoch !== undefined && { epoch }) };
};
