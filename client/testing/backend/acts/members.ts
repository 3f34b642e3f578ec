import type { ConversationId, Role, UserId } from '../../../wire.gen.ts';
import { digest } from '../../chance.ts';
import type { AddMember, ChangeMember, Membership, Retry } from '../asked.ts';
import { limits } from '../limits.ts';
import { type Written, write } from '../log.ts';
import { blocked, noConversation, Refusal } from '../refusal.ts';
import {
  areApart,
  type Connection,
  type Conversation,
  hasRoom,
  type Member,
  membersOf,
  type User,
  type World,
} from '../world.ts';

const rank: Record<Role, number> = { member: 0, admin: 1, owner: 2 };
const forbidden = (reason: string) => new Refusal('forbidden', reason);
const conflict = (reason: string) => new Refusal('conflict', reason);

type Made = 'member.joined' | 'member.left' | 'member.changed';
type Change = { user: UserId; decide: (now: Member | undefined) => { made: Made; role: Role } };

/** One change of one membership. Who joins or leaves is claimed before it is settled: that counts two versions. */
const change = (
  world: World,
  from: User,
  conversation: Conversation | undefined,
  { user, decide }: Change,
  retry: Retry,
  except?: Connection,
): Written =>
  write(world, {
    conversation,
    from,
    retry,
    except,
    anyone: true,
    make: (key, { id, members }) => {
      const now = members.get(user);
      const { made, role } = decide(now?.in ? now : undefined);
      const version = (now?.version ?? 0) + (made === 'member.changed' ? 1 : 2);
      members.set(user, { role, version, in: made !== 'member.left' });
      const common = { conversation: id, from: from.id, key, user, version };
      return made === 'member.left' ? { type: made, ...common } : { type: made, ...common, role };
    },
  });

/** What the one who asks may do: to a stranger there is no conversation. */
const standing = (
  world: World,
  from: User,
  id: ConversationId,
): { conversation: Conversation; own: Role } => {
  const conversation = world.conversations.get(id);
  const member = conversation?.members.get(from.id);
  if (!conversation || !member?.in) throw noConversation();
  if (conversation.kind === 'direct') throw forbidden('a direct conversation has two for ever');
  return { conversation, own: member.role };
};

const checkRoom = (world: World, user: UserId, conversation: Conversation) => {
  if (membersOf(conversation).length >= limits.members || !hasRoom(world, user))
    throw new Refusal('too-large', 'too many members or conversations');
};

export const add = (
  world: World,
  from: User,
  id: ConversationId,
  { user, role = 'member', ...retry }: AddMember,
): Written => {
  const { conversation, own } = standing(world, from, id);
  if (own === 'member') throw forbidden('only owners and admins add members');
  if (rank[role] > rank[own]) throw forbidden('nobody gives a role above their own');
  const known = world.users.get(user);
  if (!known) throw new Refusal('not-found', 'no such user', { pointer: '/user' });
  if (areApart(from, known)) throw blocked('/user');
  const decide: Change['decide'] = (now) => {
    if (now) throw conflict('that is a member already');
    checkRoom(world, user, conversation);
    return { made: 'member.joined', role };
  };
  return change(world, from, conversation, { user, decide }, retry);
};

const ownersOf = ({ members }: Conversation) =>
  [...members].filter(([, { in: isIn, role }]) => isIn && role === 'owner').map(([user]) => user);

export const changeRole = (
  world: World,
  from: User,
  id: ConversationId,
  user: UserId,
  { role, ...retry }: ChangeMember,
): Written => {
  const { conversation, own } = standing(world, from, id);
  if (own !== 'owner') throw forbidden('only owners change roles');
  const decide: Change['decide'] = (now) => {
    if (!now) throw conflict('that is no member');
    if (now.role === role) throw conflict('the role is that already');
    const owners = ownersOf(conversation);
    if (role !== 'owner' && owners.length === 1 && owners[0] === user) {
      throw forbidden('the last owner stays one');
    }
    return { made: 'member.changed', role };
  };
  return change(world, from, conversation, { user, decide }, retry);
};

export const join = (
  world: World,
  from: User,
  { conversation: id, ...retry }: Membership,
  except?: Connection,
): Written => {
  const conversation = world.conversations.get(id);
  const member = conversation?.members.get(from.id);
  if (!conversation || (conversation.kind !== 'room' && !member?.in)) throw noConversation();
  const decide: Change['decide'] = (now) => {
    if (now) throw conflict('you are a member');
    checkRoom(world, from.id, conversation);
    return { made: 'member.joined', role: 'member' };
  };
  const joined = change(world, from, conversation, { user: from.id, decide }, retry, except);
  // All had left it. A key may have led elsewhere: to what has no owners.
  if (conversation.kind !== 'direct' && ownersOf(conversation).length === 0)
    crown(world, from, conversation, from.id, ['keep owned', retry]);
  return joined;
};

/** Makes somebody an owner, under a key of its own for each. */
const crown = (
  world: World,
  from: User,
  conversation: Conversation,
  heir: UserId,
  [step, { key, after }]: [string, Retry],
) => {
  const own = { ...(key !== undefined && { key: digest(step, key, heir) }), after };
  const decide: Change['decide'] = () => ({ made: 'member.changed', role: 'owner' });
  change(world, from, conversation, { user: heir, decide }, own);
};

/** Where the one who goes is the last owner: an admin, or else any member. */
const handOver = (world: World, conversation: Conversation, owner: User, retry: Retry) => {
  const owners = ownersOf(conversation);
  if (owners.length !== 1 || owners[0] !== owner.id) return;
  const others = membersOf(conversation).filter((user) => user !== owner.id);
  others.sort();
  const heir = others.find((user) => conversation.members.get(user)?.role === 'admin') ?? others[0];
  if (heir === undefined) return;
  crown(world, owner, conversation, heir, ['hand over', retry]);
};

export const leave = (
  world: World,
  from: User,
  { conversation: id, ...retry }: Membership,
  except?: Connection,
): Written => {
  const conversation = world.conversations.get(id);
  const standing = conversation?.members.get(from.id);
  if (!conversation || !standing) throw noConversation();
  if (conversation.kind === 'direct') throw forbidden('a direct conversation has two for ever');
  const isOut = !standing.in;
  handOver(world, conversation, from, retry);
  const decide: Change['decide'] = (now) => {
    if (!now) throw noConversation();
    return { made: 'member.left', role: now.role };
  };
  try {
    return change(world, from, conversation, { user: from.id, decide }, retry, except);
  } catch (error) {
    // How far a log has got is nothing to somebody who is out.
    const isAboutAfter = error instanceof Refusal && ['bad-request', 'retry-too-old'].includes(error.code);
    throw isOut && isAboutAfter ? noConversation() : error;
  }
};

export const removeMember = (
  world: World,
  from: User,
  id: ConversationId,
  user: UserId,
  retry: Retry,
): Written => {
  if (user === from.id) return leave(world, from, { conversation: id, ...retry });
  const { conversation, own } = standing(world, from, id);
  if (own === 'member') throw forbidden('only owners and admins remove members');
  const decide: Change['decide'] = (now) => {
    if (!now) throw conflict('that is no member');
    if (own !== 'owner' && rank[now.role] >= rank[own]) throw forbidden('their role is not below yours');
    return { made: 'member.left', role: now.role };
  };
  return change(world, from, conversation, { user, decide }, retry);
};
