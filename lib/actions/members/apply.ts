import type { ConnectionId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import { changeMembership, type Membership } from '../../changes/membership.ts';
import { keepOwned, mayBeUnowned } from '../../changes/owners.ts';
import { type Appended, startOf } from '../../entries/append.ts';
import { isUnavailable } from '../../errors.ts';
import type { MembersUses, Retry } from './rights.ts';

/** With what another change is to publish and to do, before it or after. */
export const together = (appended: Appended, ...all: (Appended | undefined)[]): Appended => ({
  ...appended,
  publish: all.flatMap((one) => one?.publish ?? []),
  meanwhile: async () => {
    for (const one of all) await one?.meanwhile?.();
  },
});

/** One change of one membership, by the caller; it leaves nothing without an owner. */
export const applyChange = async (
  app: MembersUses,
  caller: Caller,
  membership: Pick<Membership, 'conversation' | 'user' | 'decide'>,
  retry: Retry,
  except?: ConnectionId,
): Promise<{ key: string; appended: Appended }> => {
  const key = retry.key ?? app.chance.id();
  const by = { from: caller.user, key };
  const after = startOf(retry);
  const changed = await changeMembership(app, { ...membership, by, after, ...(except && { except }) });
  if (!changed.unowned || !mayBeUnowned(changed.entry)) return { key, appended: changed };
  try {
    const kept = await keepOwned(app, membership.conversation, { ...by, after });
    return { key, appended: together(changed, changed, kept) };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    // It is stored all the same. Its note stands, by which the sweep makes somebody an owner.
    const { meanwhile: _, ...appended } = changed;
    return { key, appended };
  }
};
