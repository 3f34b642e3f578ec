import type { WatchPresence } from '../../../schema/frames.ts';
import type { PresenceFrame } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import { apartFrom } from '../../blocks.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { letIn } from '../admit.ts';
import type { TellUses } from '../connections/tell-watchers.ts';
import { complete } from './complete.ts';

/**
 * Blocks are read before the list is written, so that nobody is shown where this fails half-way. Where a block comes in
 * between, the sweep takes from the list when it looks at the block's note.
 */
export const watchPresence = async (
  app: TellUses & Pick<App, 'seen' | 'users'>,
  caller: ConnectedCaller,
  { id, users }: WatchPresence,
): Promise<Outcome<PresenceFrame>> => {
  await letIn(app, caller);
  const watched = [...new Set(users)];
  const apart = await apartFrom(app, caller.user, watched);
  const shown = watched.filter((user) => !apart.has(user));
  const { user, connection } = caller;
  const told = await app.presence.watch({ user, connection }, shown);
  const states = new Map(told.map((state) => [state.user, state]));
  const all = watched.map((one) => states.get(one) ?? { user: one, online: false });
  return {
    reply: {
      type: 'presence',
      ...(id !== undefined && { id }),
      users: await complete(app, all, apart),
    },
  };
};
