import type { WatchPresence } from '../../../schema/frames.ts';
import type { PresenceFrame } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import { apartFrom } from '../../blocks.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { letIn } from '../admit.ts';
import type { TellUses } from '../connections/tell-watchers.ts';
import { complete } from './complete.ts';

/** Blocks are read after the list is written: a block that comes in between finds the list, and takes from it. */
export const watchPresence = async (
  app: TellUses & Pick<App, 'seen' | 'users'>,
  { user: caller, connection }: ConnectedCaller,
  { id, users }: WatchPresence,
): Promise<Outcome<PresenceFrame>> => {
  await letIn(app, caller, await app.connections.gate(caller, connection, {}));
  const watched = [...new Set(users)];
  const states = await app.presence.watch({ user: caller, connection }, watched);
  const apart = await apartFrom(app, caller, watched);
  await Promise.all(Array.from(apart, (user) => app.presence.hide(user, caller)));
  return {
    reply: {
      type: 'presence',
      ...(id !== undefined && { id }),
      users: await complete(app, states, apart),
    },
  };
};
