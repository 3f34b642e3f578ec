import type { UserId } from '../../../wire.gen.ts';
import { digest, idBy } from '../../chance.ts';
import type { CreateGroup } from '../asked.ts';
import { limits } from '../limits.ts';
import { announce, place } from '../log.ts';
import { blocked, Refusal } from '../refusal.ts';
import { areApart, type Conversation, directId, hasRoom, type User, type World } from '../world.ts';

type Founding = Pick<Conversation, 'id' | 'kind' | 'title'> & { creator: User; members: UserId[] };
type Found = { conversation: Conversation; created: boolean };

const found = (world: World, { id, kind, title, creator, members }: Founding): Found => {
  const request = digest(kind, title ?? '', ...[...members].sort());
  const there = world.conversations.get(id);
  if (there && kind !== 'direct' && there.request !== request) {
    throw new Refusal('bad-request', 'the key belongs to another group of yours', { pointer: '/key' });
  }
  if (there) return { conversation: there, created: false };
  const roleOf = (user: UserId) => (kind !== 'direct' && user === creator.id ? 'owner' : 'member');
  const conversation: Conversation = {
    id,
    kind,
    title,
    titleVersion: 1,
    request,
    members: new Map(members.map((user) => [user, { role: roleOf(user), version: 1, in: true }])),
    log: [],
    keys: new Map(),
    reactions: new Map(),
    receipts: new Map(),
    passes: [],
    busy: false,
  };
  world.conversations.set(id, conversation);
  const entry = place(world, conversation, {
    type: 'conversation.created',
    conversation: id,
    from: creator.id,
    key: id,
    kind,
    ...(title !== undefined && { title }),
    members: [...members].sort(),
  });
  announce(world, conversation, entry, undefined);
  return { conversation, created: true };
};

const knownUser = (world: World, id: UserId, pointer: string): User => {
  const user = world.users.get(id);
  if (!user) throw new Refusal('not-found', 'no such user', { pointer });
  return user;
};

export const openDirect = (world: World, from: User, to: UserId, pointer: string): Found => {
  const other = knownUser(world, to, pointer);
  if (areApart(from, other)) throw blocked(pointer);
  return found(world, {
    id: directId(from.id, to),
    kind: 'direct',
    title: undefined,
    creator: from,
    members: [from.id, to],
  });
};

/** A group or a room: the same creator and key always mean the same one. */
export const createGroup = (world: World, creator: User, asked: CreateGroup): Found => {
  const id = `g:${digest('group', creator.id, asked.key ?? idBy(world.chance))}`;
  const others = [...new Set(asked.members)].filter((user) => user !== creator.id);
  if (others.length >= limits.members) {
    throw new Refusal('too-large', 'too many members', { pointer: '/members' });
  }
  const pointerTo = (user: UserId) => `/members/${asked.members?.indexOf(user)}`;
  const known = others.map((user) => knownUser(world, user, pointerTo(user)));
  const apart = known.find((user) => areApart(creator, user));
  if (apart) throw blocked(pointerTo(apart.id));
  if (!world.conversations.has(id)) {
    if (!hasRoom(world, creator.id)) throw new Refusal('too-large', 'too many conversations');
    const full = others.find((user) => !hasRoom(world, user));
    if (full) throw new Refusal('too-large', 'too many conversations', { pointer: pointerTo(full) });
  }
  return found(world, {
    id,
    kind: asked.kind,
    title: asked.title,
    creator,
    members: [creator.id, ...others],
  });
};
