import type { Conversation, ConversationPage, PageQuery } from '../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import type { Belonging } from '../../members/port.ts';
import type { Outcome } from '../../outcome.ts';
import { type DescribeUses, describe } from './describe.ts';

type Uses = DescribeUses & Pick<App, 'connections' | 'cursors'>;

/** By activity, newest first; equal times by id. */
type Place = { activeAt: number; id: ConversationId };

/** `active_at` may lag this far behind; the inbox, where it remembers the conversation, does not. */
const lagMs = 1_000_000;
const lanes = 8;

const isAfter = (a: Place, b: Place) => a.activeAt < b.activeAt || (a.activeAt === b.activeAt && a.id > b.id);
const newestFirst = (a: Place, b: Place) => (isAfter(a, b) ? 1 : -1);

type Candidate = Belonging & Place & { exact: boolean };

const candidatesOf = async (app: Uses, { user }: Caller): Promise<Candidate[]> => {
  const [belongings, { changed: versions }] = await Promise.all([
    app.members.conversationsOf(user),
    app.connections.changes(user, 0).catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
      return { changed: new Map<ConversationId, number>() };
    }),
  ]);
  return belongings.map((belonging) => {
    const version = versions.get(belonging.conversation);
    const activeAt = Math.max(belonging.activeAt, Math.floor((version ?? 0) / 1_000));
    return { ...belonging, id: belonging.conversation, activeAt, exact: version !== undefined };
  });
};

/** The first ones, down to the last whose activity is only known to lie close to the page: a cursor may not pass any. */
const near = (candidates: Candidate[], limit: number) => {
  const sorted = [...candidates].sort(newestFirst);
  const edge = sorted[limit - 1]?.activeAt ?? 0;
  const last = sorted.findLastIndex(
    ({ activeAt, exact }, i) => i < limit || (i < 2 * limit && !exact && activeAt >= edge - lagMs),
  );
  return sorted.slice(0, last + 1);
};

/** A row of the list may be there before its conversation is, or after its member has gone. */
const describeIfThere = async (app: Uses, { user }: Caller, belonging: Belonging) => {
  try {
    return await describe(app, user, belonging);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  }
};

/** The caller's conversations, newest activity first, each with its last message. */
export const listConversations = async (
  app: Uses,
  caller: Caller,
  { limit, cursor }: PageQuery,
): Promise<Outcome<ConversationPage>> => {
  const scope = ['conversations', caller.user];
  const from = cursor === undefined ? undefined : await app.cursors.open<Place>(scope, cursor);
  const all = await candidatesOf(app, caller);
  const rest = from ? all.filter((candidate) => isAfter(candidate, from)) : all;

  const candidates = near(rest, limit);
  const described: Conversation[] = [];
  await inLanes(lanes, candidates, async (candidate) => {
    const conversation = await describeIfThere(app, caller, candidate);
    if (!conversation) return;
    const activeAt = candidate.exact ? candidate.activeAt : conversation.activeAt;
    if (!from || isAfter({ ...conversation, activeAt }, from)) described.push({ ...conversation, activeAt });
  });
  const items = described.sort(newestFirst).slice(0, limit);
  const last: Place | undefined = described.length > limit ? items.at(-1) : candidates.at(-1);
  const more = described.length > limit || rest.length > candidates.length;
  return {
    reply: {
      items,
      ...(last && more && { next: await app.cursors.seal(scope, { activeAt: last.activeAt, id: last.id }) }),
    },
  };
};
