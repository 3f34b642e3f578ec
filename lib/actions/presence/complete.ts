import type { UserId } from '../../../schema/ids.ts';
import type { Presence } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';

type Uses = Pick<App, 'seen'>;

/** Adds when users were last seen where memory no longer knows. Of who is apart nothing is told. */
export const complete = async (app: Uses, states: Presence[], apart: Set<UserId>): Promise<Presence[]> => {
  const unknown = states.filter(
    ({ user, online, lastSeen }) => !online && lastSeen === undefined && !apart.has(user),
  );
  const seen = await app.seen.of(unknown.map(({ user }) => user));
  return states.map((state) => {
    if (apart.has(state.user)) return { user: state.user, online: false };
    const lastSeen = seen.get(state.user);
    return lastSeen === undefined ? state : { ...state, lastSeen };
  });
};
