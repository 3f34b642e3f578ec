import type { Ping } from '../../../schema/frames.ts';
import type { Pong } from '../../../schema/pushes.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { pass } from '../admit.ts';
import { type TellUses, tellWatchers } from './tell-watchers.ts';

/** One trip to Redis: renews the connection, and says where its user's inbox stands. A second one where it watches. */
export const ping = async (
  app: TellUses,
  { user, connection }: ConnectedCaller,
  { id, every }: Ping,
): Promise<Outcome<Pong>> => {
  const gate = await app.connections.gate(user, connection, every === undefined ? {} : { every });
  const inbox = pass(gate);
  const { watching, appeared } = gate.kind === 'open' ? gate : { watching: [], appeared: false };
  const [presence] = await Promise.all([
    app.presence.of(watching, { user, connection }),
    appeared && tellWatchers(app, { user, online: true }),
  ]);
  return {
    reply: {
      type: 'pong',
      ...(id !== undefined && { id }),
      inbox,
      ...(watching.length > 0 && { presence }),
    },
  };
};
