import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';

/** A hint, delivered at best once: time to live and 410 are the truth. Takes away exactly this connection. */
export const disconnect = async (
  { connections }: Pick<App, 'connections'>,
  { user, connection }: ConnectedCaller,
): Promise<void> => {
  await connections.remove(user, connection, 0);
};
