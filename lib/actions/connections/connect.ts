import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { AppError } from '../../errors.ts';

/** A browser says where its page is from; anything else says nothing. `*` lets every page in. */
const checkOrigin = (origin: string | undefined, allowed: readonly string[]) => {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  throw new AppError('forbidden', 'unable to connect; pages of this origin may not');
};

/** Registers the connection. There is none yet to post to: the handshake waits for this. */
export const connect = async (
  { connections }: Pick<App, 'connections'>,
  { user, device, connection, expiresAt }: ConnectedCaller,
  { origin, allowed }: { origin: string | undefined; allowed: readonly string[] },
): Promise<void> => {
  checkOrigin(origin, allowed);
  await connections.register({ user, device, connection, expiresAt });
};
