import { createHash } from 'node:crypto';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { changeMembership } from '../../changes/membership.ts';
import { type Appended, type AppendUses, startOf } from '../../entries/append.ts';
import { AppError } from '../../errors.ts';

/** A key of its own for the step before, the same at every attempt; another attempt may meet another heir. */
const keyOf = (key: string, heir: UserId) =>
  createHash('sha256').update(`hand over ${key} to ${heir}`).digest('base64url').slice(0, 22);

/** Makes somebody an owner where the one who goes is the last: an admin, or else the first by id. */
export const handOver = async (
  app: AppendUses,
  conversation: ConversationId,
  owner: UserId,
  retry: { key?: string | undefined; after?: number | undefined },
): Promise<Appended | undefined> => {
  const members = await app.members.of(conversation);
  const others = members.filter(({ user }) => user !== owner).sort((a, b) => (a.user < b.user ? -1 : 1));
  const owns = members.some(({ user, role }) => user === owner && role === 'owner');
  if (!owns || others.some(({ role }) => role === 'owner')) return undefined;
  const heir = others.find(({ role }) => role === 'admin') ?? others[0];
  if (!heir) return undefined;
  return changeMembership(app, {
    conversation,
    user: heir.user,
    by: { from: owner, key: keyOf(retry.key ?? app.chance.id(), heir.user) },
    after: startOf(retry),
    decide: (row) => {
      if (row?.state !== 'in')
        throw new AppError('unavailable', 'unable to leave; the members changed meanwhile');
      return { made: 'member.changed', role: 'owner' };
    },
  });
};
