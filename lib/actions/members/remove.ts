import type { RetryQuery, Stored } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { answered } from '../answers.ts';
import { applyChange } from './apply.ts';
import { leaveAs } from './leave.ts';
import { conflict, forbidden, isInside, type MembersUses, rank, roleIn } from './rights.ts';

/** Removes a member, or lets the caller leave. */
export const removeMember = async (
  app: MembersUses,
  caller: Caller,
  conversation: ConversationId,
  user: UserId,
  retry: RetryQuery,
): Promise<Outcome<Stored>> => {
  await admitPost(app, caller);
  if (user === caller.user) {
    const { key, appended } = await leaveAs(app, caller, conversation, retry);
    return answered({ conversation, key }, appended);
  }
  const own = await roleIn(app, conversation, caller.user);
  if (own === 'member') throw forbidden('only owners and admins remove members');
  const decide: Membership['decide'] = (row): Decision => {
    if (!isInside(row)) throw conflict('that is no member');
    if (own !== 'owner' && rank[row.role] >= rank[own]) throw forbidden('their role is not below yours');
    return { made: 'member.left', role: row.role };
  };
  const { key, appended } = await applyChange(app, caller, { conversation, user, decide }, retry);
  return answered({ conversation, key }, appended);
};
