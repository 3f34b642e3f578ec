import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { type Head, isIn } from '../conversations/port.ts';
import { AppError, isUnavailable } from '../errors.ts';
import { readTruth, rebuild } from './rebuild.ts';

export type OpenUses = Pick<
  App,
  'conversations' | 'members' | 'messages' | 'unannounced' | 'clock' | 'chance'
>;

/** A conversation as one of its members may read it now. */
export type Opened = {
  head: Head;
  role: string;
  /** Newest first, contiguous down from the head; what memory had of what was asked for. */
  recent: Entry[];
  /** Only from memory: what a fill of the newest entries carries back. */
  patched?: string;
};

/** Times that memory is put right before it is left aside. */
const mends = 3;

const notFound = () => new AppError('not-found', 'unable to read; no such conversation');

/** The member is read after the head: who is removed meanwhile must not be shown what came after. */
export const openCold = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
): Promise<Opened> => {
  const truth = await readTruth(app, conversation);
  const member = truth?.members.find((known) => known.user === user);
  if (!truth || !member || !isIn(member)) throw notFound();
  return { head: truth.head, role: member.role, recent: [] };
};

/** Whether a remembered head is the last row of the log: it is there, and nothing above it. */
const isLast = async (app: OpenUses, conversation: ConversationId, { seq }: Head): Promise<boolean> => {
  const around = { low: Math.max(1, seq), high: seq + 1, limit: 2, order: 'up' as const };
  const rows = await app.messages.range(conversation, around);
  return seq === 0 ? rows.length === 0 : rows.length === 1 && rows[0]?.seq === seq;
};

const openWarm = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
  entries: number,
): Promise<Opened | undefined> => {
  for (let left = mends; left > 0; left--) {
    const seen = await app.conversations.look(conversation, user, entries);
    if (seen.kind === 'missing') {
      if ((await rebuild(app, conversation)) === 'none') throw notFound();
    } else if (seen.kind === 'stranger') {
      if (!(await app.members.member(conversation, user))) throw notFound();
      await app.conversations.drop(conversation);
    } else {
      const { head, role, recent, patched, believed } = seen;
      if (believed) return { head, role, recent, patched };
      if (await isLast(app, conversation, head)) {
        await app.conversations.confirm(conversation, head.seq);
        return { head, role, recent, patched };
      }
      await app.conversations.drop(conversation);
    }
  }
  return undefined;
};

/** Opens a conversation for reading, with as many of its newest `entries` as memory holds. 404 to strangers. */
export const open = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
  entries: number,
): Promise<Opened> => {
  try {
    return (await openWarm(app, conversation, user, entries)) ?? (await openCold(app, conversation, user));
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return openCold(app, conversation, user);
  }
};
