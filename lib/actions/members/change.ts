import type { ChangeMember, Stored } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { answered } from '../answers.ts';
import { applyChange } from './apply.ts';
import { conflict, forbidden, isInside, type MembersUses, roleIn } from './rights.ts';

/** Gives a member another role. */
export const changeMember = async (
  app: MembersUses,
  caller: Caller,
  conversation: ConversationId,
  user: UserId,
  { role, ...retry }: ChangeMember,
): Promise<Outcome<Stored>> => {
  await admitPost(app, caller);
  const own = await roleIn(app, conversation, caller.user);
  if (own !== 'owner') throw forbidden('only owners change roles');
  const decide: Membership['decide'] = (row, members): Decision => {
    if (!isInside(row)) throw conflict('that is no member');
    if (row.role === role) throw conflict('the role is that already');
    const owners = members.filter((member) => member.role === 'owner');
    if (role !== 'owner' && owners.length === 1 && owners[0]?.user === user) {
      throw forbidden('the last owner stays one');
    }
    return { made: 'member.changed', role };
  };
  const { key, appended } = await applyChange(app, caller, { conversation, user, decide }, retry);
  return answered({ conversation, key }, appended);
};
