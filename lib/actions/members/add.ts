import type { AddMember, Stored } from '../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import { blocked, blockedBetween } from '../../blocks.ts';
import type { Caller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { answered } from '../answers.ts';
import { applyChange } from './apply.ts';
import { checkRoom, conflict, forbidden, isInside, type MembersUses, rank, roleIn } from './rights.ts';

export const addMember = async (
  app: MembersUses,
  caller: Caller,
  conversation: ConversationId,
  { user, role, ...retry }: AddMember,
): Promise<Outcome<Stored>> => {
  await admitPost(app, caller);
  const own = await roleIn(app, conversation, caller.user);
  if (own === 'member') throw forbidden('only owners and admins add members');
  if (rank[role] > rank[own]) throw forbidden('nobody gives a role above their own');
  const [known] = await app.users.byIds([user]);
  if (!known) throw new AppError('not-found', 'unable to add; no such user', { pointer: '/user' });
  if (await blockedBetween(app, caller.user, user)) throw blocked('add', '/user');
  const decide: Membership['decide'] = async (row, members): Promise<Decision> => {
    if (isInside(row)) throw conflict('that is a member already');
    await checkRoom(app, user, members);
    return { made: 'member.joined', role };
  };
  const { key, appended } = await applyChange(app, caller, { conversation, user, decide }, retry);
  return answered({ conversation, key }, appended);
};
