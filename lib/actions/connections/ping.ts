import type { Ping, Pong } from '../../../schema/frames.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { pass } from '../admit.ts';

/** One trip to Redis: renews the connection, and says where its user's inbox stands. */
export const ping = async (
  { connections }: Pick<App, 'connections'>,
  { user, connection }: ConnectedCaller,
  { id, every }: Ping,
): Promise<Outcome<Pong>> => {
  const inbox = pass(await connections.gate(user, connection, every === undefined ? {} : { every }));
  return { reply: { type: 'pong', ...(id !== undefined && { id }), inbox } };
};
