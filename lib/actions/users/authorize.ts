import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import { authenticate, confirmDevice } from '../../tokens/authenticate.ts';

/** What a client may show at the handshake. */
export type Shown = { token?: string; ticket?: string };

type Uses = Pick<App, 'tokens' | 'tickets' | 'users' | 'clock'>;

/** Lets a connection in, by token or by a ticket that nobody used yet. */
export const authorize = async (app: Uses, { token, ticket }: Shown): Promise<Caller> => {
  if (token !== undefined) return authenticate(app, token);
  const claims = ticket === undefined ? undefined : await app.tickets.redeem(ticket);
  if (!claims) throw new AppError('unauthorized', 'unable to let in; no token, and no ticket that is good');
  if (claims.expiresAt <= app.clock.now()) {
    throw new AppError('token-expired', 'unable to let in; the token behind the ticket has expired');
  }
  await confirmDevice(app, claims.user, claims.device);
  return claims;
};
