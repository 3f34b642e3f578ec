import type { Conversation, ConversationPage, PageQuery } from '../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import { activeEveryMs, type Belonging } from '../../members/port.ts';
import type { Outcome } from '../../outcome.ts';
import { type DescribeUses, describe } from './describe.ts';

type Uses = DescribeUses & Pick<App, 'connections' | 'cursors'>;

/** By activity, newest first; equal times by id. */
type Place = { activeAt: number; id: ConversationId };

/** Clocks of functions and of Redis may differ by this. */
const skewMs = 100_000;
/** `active_at` may lag this far behind. */
const lagMs = activeEveryMs + skewMs;
const lanes = 8;

const isAfter = (a: Place, b: Place) => a.activeAt < b.activeAt || (a.activeAt === b.activeAt && a.id > b.id);
const newestFirst = (a: Place, b: Place) => (isAfter(a, b) ? 1 : -1);

/** It was active at `activeAt` or later, and not after `atMost`. */
type Candidate = Belonging & { atMost: number };

/** The inbox is marked for each entry, and for what is none as well: receipts and blocks. */
const atMostOf = (activeAt: number, version: number | undefined) => {
  if (version !== undefined) return Math.max(activeAt, Math.ceil(version / 1_000) + skewMs);
  return activeAt === 0 ? Number.POSITIVE_INFINITY : activeAt + lagMs;
};

const candidatesOf = async (app: Uses, { user }: Caller): Promise<Candidate[]> => {
  const [belongings, { changed: versions }] = await Promise.all([
    app.members.conversationsOf(user),
    app.connections.changes(user, 0).catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
      return { changed: new Map<ConversationId, number>() };
    }),
  ]);
  return belongings.map((belonging) => ({
    ...belonging,
    atMost: atMostOf(belonging.activeAt, versions.get(belonging.conversation)),
  }));
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

/** Describes until none that is left can belong to the first ones: `limit` of them, and whether there may be more. */
const firstOf = async (app: Uses, caller: Caller, candidates: Candidate[], limit: number, from?: Place) => {
  const left = candidates.toSorted((a, b) => b.atMost - a.atMost);
  const found: Conversation[] = [];
  const mayBelong = ({ atMost }: Candidate) => atMost >= (found[limit - 1]?.activeAt ?? 0);
  while (left[0] && mayBelong(left[0])) {
    await inLanes(lanes, left.splice(0, Math.max(limit - found.length, lanes)), async (candidate) => {
      const conversation = await describeIfThere(app, caller, candidate);
      if (conversation && (!from || isAfter(conversation, from))) found.push(conversation);
    });
    found.sort(newestFirst);
  }
  return { items: found.slice(0, limit), more: found.length > limit || left.length > 0 };
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
  const rest = from ? all.filter(({ activeAt }) => activeAt <= from.activeAt) : all;
  const { items, more } = await firstOf(app, caller, rest, limit, from);
  const last = items.at(-1);
  return {
    reply: {
      items,
      ...(last && more && { next: await app.cursors.seal(scope, { activeAt: last.activeAt, id: last.id }) }),
    },
  };
};
