import type { ConnectionId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import { changeMembership, type Membership } from '../../changes/membership.ts';
import { type Appended, startOf } from '../../entries/append.ts';
import type { MembersUses, Retry } from './rights.ts';

/** One change of one membership, by the caller. */
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
  const appended = await changeMembership(app, { ...membership, by, after, ...(except && { except }) });
  return { key, appended };
};
