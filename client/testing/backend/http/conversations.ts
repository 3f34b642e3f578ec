import { rename } from '../acts/change.ts';
import { createGroup, openDirect } from '../acts/create.ts';
import { add, changeRole, removeMember } from '../acts/members.ts';
import { describe, listConversations, listMembers, readMessages, readUnread } from '../acts/read.ts';
import { readReceipts } from '../acts/receipts.ts';
import { checkNotSelf, send } from '../acts/send.ts';
import { sync } from '../acts/sync.ts';
import type {
  AddMember,
  ChangeMember,
  CreateGroup,
  Message,
  MessagesQuery,
  Page,
  Position,
  Retry,
} from '../asked.ts';
import { choice, line, message, optional, position, required, retry, seq, user, users } from '../checks.ts';
import { limits } from '../limits.ts';
import type { Written } from '../log.ts';
import { takeSend } from '../rates.ts';
import { noConversation, Refusal } from '../refusal.ts';
import { type Claims, type Conversation, ownOf, type World } from '../world.ts';
import { made, ok, type Route, route } from './route.ts';

const title = required(line(limits.titleCharacters));
const role = choice('owner', 'admin', 'member');
const limit = optional((value) =>
  Number(value) >= 1 && Number(value) <= limits.pageItems ? undefined : 'form',
);
const page = { limit, cursor: optional((value) => (typeof value === 'string' ? undefined : 'form')) };
const paged = ({ limit: asked = limits.pageDefaultItems, ...rest }: Partial<Page>): Page => ({
  limit: asked,
  ...rest,
});

const own = (world: World, { user: { id: caller } }: Claims, id: string): Conversation => {
  const conversation = ownOf(world, caller, id);
  if (!conversation) throw noConversation();
  return conversation;
};

/** Whatever takes a number counts towards the limit of sends. */
const writing = (world: World, { user: { id } }: Claims, act: () => Written) => {
  takeSend(world, id);
  const { inbox: _, ...stored } = act();
  return stored;
};

const kinds = {
  direct: { kind: required(choice('direct')), with: required(user) },
  group: {
    kind: required(choice('group')),
    title,
    members: required(users(limits.members - 1)),
    key: retry.key,
  },
  room: { kind: required(choice('room')), title, key: retry.key },
};

export const conversationRoutes: Record<string, Route> = {
  'GET /v1/conversations': route<undefined, Partial<Page>>({
    query: page,
    numbers: ['limit'],
    act: (world, { claims, query }) => ok(listConversations(world, claims.user, paged(query))),
  }),
  'POST /v1/conversations': route<CreateGroup | { kind: 'direct'; with: string }>({
    bodyByKind: kinds,
    act: (world, { claims, body }) => {
      if (body.kind === 'direct') checkNotSelf(claims.user, body.with, '/with');
      takeSend(world, claims.user.id);
      const { conversation, created } =
        body.kind === 'direct'
          ? openDirect(world, claims.user, body.with, '/with')
          : createGroup(world, claims.user, body);
      return { status: created ? 201 : 200, body: describe(conversation, claims.user) };
    },
  }),
  'GET /v1/conversations/{id}': route({
    act: (world, { claims, path: [id = ''] }) => ok(describe(own(world, claims, id), claims.user)),
  }),
  'PATCH /v1/conversations/{id}': route<{ title: string } & Retry>({
    body: { title, ...retry },
    act: (world, { claims, path: [id = ''], body }) =>
      ok(writing(world, claims, () => rename(world, claims.user, id, body))),
  }),
  'GET /v1/conversations/{id}/members': route<undefined, Partial<Page>>({
    query: page,
    numbers: ['limit'],
    act: (world, { claims, path: [id = ''], query }) =>
      ok(listMembers(world, claims.user, own(world, claims, id), paged(query))),
  }),
  'POST /v1/conversations/{id}/members': route<AddMember>({
    body: { user: required(user), role: optional(role), ...retry },
    act: (world, { claims, path: [id = ''], body }) =>
      made(writing(world, claims, () => add(world, claims.user, id, body))),
  }),
  'PATCH /v1/conversations/{id}/members/{user}': route<ChangeMember>({
    body: { role: required(role), ...retry },
    act: (world, { claims, path: [id = '', member = ''], body }) =>
      ok(writing(world, claims, () => changeRole(world, claims.user, id, member, body))),
  }),
  'DELETE /v1/conversations/{id}/members/{user}': route<undefined, Retry>({
    query: retry,
    numbers: ['after'],
    act: (world, { claims, path: [id = '', member = ''], query }) =>
      ok(writing(world, claims, () => removeMember(world, claims.user, id, member, query))),
  }),
  'GET /v1/conversations/{id}/messages': route<undefined, Partial<MessagesQuery>>({
    query: {
      ...page,
      before: optional(seq),
      after: optional((value) => (Number(value) >= 0 ? undefined : 'form')),
      month: optional((value) => (/^\d{4}-(0[1-9]|1[0-2])$/.test(String(value)) ? undefined : 'form')),
    },
    numbers: ['limit', 'before', 'after'],
    act: (world, { claims, path: [id = ''], query }) => {
      const { before, after, month, cursor } = query;
      if (cursor !== undefined && [before, after, month].some((given) => given !== undefined)) {
        throw new Refusal('bad-request', 'the cursor carries them already', { pointer: '/cursor' });
      }
      return ok(readMessages(claims.user, own(world, claims, id), { ...query, ...paged(query) }));
    },
  }),
  'POST /v1/conversations/{id}/messages': route<Message>({
    body: message,
    act: (world, { claims, path: [id = ''], body }) =>
      made(writing(world, claims, () => send(world, claims.user, id, body))),
  }),
  'GET /v1/conversations/{id}/receipts': route<undefined, { seq?: number }>({
    query: { seq: optional(seq) },
    numbers: ['seq'],
    act: (world, { claims, path: [id = ''], query }) => ok(readReceipts(own(world, claims, id), query.seq)),
  }),
  'GET /v1/unread': route({ act: (world, { claims }) => ok(readUnread(world, claims.user)) }),
  'POST /v1/sync': route<Position>({
    body: position,
    act: (world, { claims, body }) => ok(sync(world, claims.user, body, limits.syncBytes)),
  }),
};
