import type { Conversation, CreateConversation } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { apartFrom, blocked, blockedBetween } from '../../blocks.ts';
import type { Caller } from '../../caller.ts';
import { markAll } from '../../entries/announce.ts';
import { create, directId, type Founding, groupId } from '../../entries/create.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { hasRoom, tooManyGroups } from '../members/rights.ts';
import { type DescribeUses, describe } from './describe.ts';

type Uses = Pick<App, 'members' | 'messages' | 'unannounced' | 'connections' | 'users' | 'clock' | 'chance'>;

/** Where in the request a user is named. */
type PointerTo = (user: UserId) => string;

const checkUsers = async (app: Uses, users: UserId[], pointerTo: PointerTo) => {
  const known = new Set((await app.users.byIds(users)).map(({ id }) => id));
  const missing = users.find((user) => !known.has(user));
  if (missing === undefined) return;
  throw new AppError('not-found', 'unable to create; no such user', { pointer: pointerTo(missing) });
};

/** Creates or completes, and has it announced by the one who stored entry 1. */
const found = async (app: Uses, founding: Founding): Promise<Outcome<{ created: boolean }>> => {
  const { id, members } = founding;
  const { entry, fresh, note } = await create(app, founding);
  if (!fresh) return { reply: { created: false } };
  const marks = await markAll(app, id, members);
  return {
    reply: { created: true },
    publish: [{ frame: entry, recipients: [...marks.recipients.values()] }],
    meanwhile: async () => {
      try {
        await app.members.active(id, members, entry.ts);
        if (note && !marks.incomplete) await app.unannounced.forget(note);
      } catch (error) {
        // The note stands: the sweep announces it again.
        if (!isUnavailable(error)) throw error;
      }
    },
  };
};

export const openDirect = async (app: Uses, from: UserId, to: UserId, pointer = '/to') => {
  await checkUsers(app, [to], () => pointer);
  const check = async () => {
    if (await blockedBetween(app, from, to)) throw blocked('open it', pointer);
  };
  await check();
  return found(app, { id: directId(from, to), kind: 'direct', creator: from, members: [from, to], check });
};

const checkBlocks = async (app: Uses, creator: UserId, others: UserId[], pointerTo: PointerTo) => {
  const apart = await apartFrom(app, creator, others);
  const blocking = others.find((user) => apart.has(user));
  if (blocking !== undefined) throw blocked('add a member', pointerTo(blocking));
};

/** Groups of one user read side by side. */
const lanes = 16;

const checkGroups = async (
  app: Uses,
  id: ConversationId,
  creator: UserId,
  others: UserId[],
  pointerTo: PointerTo,
) => {
  if (!(await hasRoom(app, creator, id))) throw tooManyGroups('create');
  let full: UserId | undefined;
  await inLanes(lanes, others, async (user) => {
    // The rest need not be read once one has no room.
    if (full === undefined && !(await hasRoom(app, user, id))) full = user;
  });
  if (full !== undefined) throw tooManyGroups('create', pointerTo(full));
};

const createGroup = async (
  app: Uses,
  creator: UserId,
  asked: Extract<CreateConversation, { kind: 'group' | 'room' }>,
) => {
  const id = groupId(creator, asked.key ?? app.chance.id());
  const invited = asked.kind === 'group' ? asked.members : [];
  const others = [...new Set(invited)].filter((user) => user !== creator);
  if (others.length > limits.members - 1) {
    throw new AppError('too-large', `unable to create; over ${limits.members} members`, {
      pointer: '/members',
    });
  }
  const pointerTo: PointerTo = (user) => `/members/${invited.indexOf(user)}`;
  await checkUsers(app, others, pointerTo);
  await checkBlocks(app, creator, others, pointerTo);
  const outcome = await found(app, {
    id,
    kind: asked.kind,
    title: asked.title,
    creator,
    members: [creator, ...others],
    allow: () => checkGroups(app, id, creator, others, pointerTo),
  });
  return { id, outcome };
};

/** The conversation asked for, created or found: never doubled, also when six ask at once. */
export const createConversation = async (
  app: Uses & DescribeUses & Pick<App, 'rates' | 'spareRates' | 'policy'>,
  caller: Caller,
  asked: CreateConversation,
): Promise<Outcome<Conversation> & { created: boolean }> => {
  const { user } = caller;
  await admitPost(app, caller);
  if (asked.kind === 'direct' && asked.with === user) {
    throw new AppError('bad-request', 'unable to create; that is yourself', { pointer: '/with' });
  }
  const { id, peer, outcome } =
    asked.kind !== 'direct'
      ? { ...(await createGroup(app, user, asked)), peer: undefined }
      : {
          id: directId(user, asked.with),
          peer: asked.with,
          outcome: await openDirect(app, user, asked.with, '/with'),
        };
  const conversation = await describe(app, user, { conversation: id, ...(peer && { peer }) });
  return { ...outcome, reply: conversation, created: outcome.reply.created };
};
