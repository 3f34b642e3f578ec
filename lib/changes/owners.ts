import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { MemberIn } from '../conversations/port.ts';
import { digest } from '../digest.ts';
import type { Appended, AppendUses } from '../entries/append.ts';
import { AppError } from '../errors.ts';
import { changeMembership, type Membership } from './membership.ts';

/** The change that this goes with. */
type Beside = Membership['by'] & Pick<Membership, 'after'>;

/** A key of its own, the same at every attempt; another attempt may meet another heir. */
const keyOf = (step: string, key: string, heir: MemberIn) => digest(step, key, heir.user);

/** Not what else a key may lead to: a direct conversation has no owners. */
const changes: Entry['type'][] = ['member.joined', 'member.left', 'member.changed'];
/** Whether nobody may be an owner after it: one has gone, or somebody has come into a room that all had left. */
export const mayBeUnowned = ({ type }: Entry): boolean => changes.includes(type);

const hasOwner = (members: MemberIn[]): boolean => members.some(({ role }) => role === 'owner');

/** An admin, or else any member, always the same one. */
const heirOf = (members: MemberIn[]): MemberIn | undefined => {
  const sorted = members.toSorted((a, b) => (a.user < b.user ? -1 : 1));
  return sorted.find(({ role }) => role === 'admin') ?? sorted[0];
};

/** `undefined` where somebody else has made them one meanwhile. */
const crown = async (
  app: AppendUses,
  conversation: ConversationId,
  { user }: MemberIn,
  { from, key, after }: Beside,
): Promise<Appended | undefined> => {
  const decide: Membership['decide'] = (row) => {
    if (row?.state !== 'in')
      throw new AppError('unavailable', 'unable to hand over; the members changed meanwhile');
    if (row.role === 'owner') throw new AppError('conflict', 'unable to hand over; they own it already');
    return { made: 'member.changed', role: 'owner' };
  };
  try {
    return await changeMembership(app, { conversation, user, by: { from, key }, after, decide });
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return undefined;
    throw error;
  }
};

/** Makes somebody an owner where the one who goes is the last. */
export const handOver = async (
  app: AppendUses,
  conversation: ConversationId,
  owner: UserId,
  { key, after }: Pick<Beside, 'key' | 'after'>,
): Promise<Appended | undefined> => {
  const members = await app.members.of(conversation);
  const others = members.filter(({ user }) => user !== owner);
  const owns = members.some(({ user, role }) => user === owner && role === 'owner');
  const heir = heirOf(others);
  if (!owns || hasOwner(others) || !heir) return undefined;
  return crown(app, conversation, heir, { from: owner, key: keyOf('hand over', key, heir), after });
};

/**
 * Makes somebody an owner where there is none: two took it from each other in the same moment, each having found the
 * other before, or somebody has come into a room that all had left.
 */
export const keepOwned = async (
  app: AppendUses,
  conversation: ConversationId,
  { from, key, after }: Beside,
): Promise<Appended | undefined> => {
  const members = await app.members.of(conversation);
  const heir = heirOf(members);
  if (!heir || hasOwner(members)) return undefined;
  return crown(app, conversation, heir, { from, key: keyOf('keep owned', key, heir), after });
};
