import type { Entry, Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { type Head, isIn } from '../conversations/port.ts';
import { readTruth, rebuild } from '../entries/rebuild.ts';
import { AppError, isUnavailable } from '../errors.ts';

export type OpenUses = Pick<
  App,
  'conversations' | 'members' | 'messages' | 'unannounced' | 'clock' | 'chance'
>;

/** A conversation as one of its members may read it now. */
export type Opened = {
  head: Head;
  role: Role;
  /** Newest first, contiguous down from the head; what memory had of what was asked for. */
  recent: Entry[];
  /** Only from memory: what a fill of the newest entries carries back. */
  patched?: string;
  /** Somebody entered and has not finished; or memory, which would know, could not be asked. */
  writing?: boolean;
};

/** Times that memory is put right before it is left aside. */
const mends = 3;

const notFound = () => new AppError('not-found', 'unable to read; no such conversation');

/** The member is read after the head: who is removed meanwhile must not be shown what came after. */
const openCold = async (app: OpenUses, conversation: ConversationId, user: UserId): Promise<Opened> => {
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

/** To who names a number, the head need only reach it; an entry that is there needs no belief. */
const reach = async (app: OpenUses, conversation: ConversationId, head: Head, named: number) =>
  named <= head.seq ? head : app.messages.at(conversation, named);

const openWarm = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
  entries: number,
  named?: number,
): Promise<Opened | undefined> => {
  for (let left = mends; left > 0; left--) {
    const seen = await app.conversations.look(conversation, user, entries);
    if (seen.kind === 'missing') {
      if ((await rebuild(app, conversation)) === 'none') throw notFound();
    } else if (seen.kind === 'stranger') {
      if (!(await app.members.member(conversation, user))) throw notFound();
      await app.conversations.drop(conversation);
    } else {
      const { head, role, recent, patched, believed, writing } = seen;
      const reached = named === undefined ? undefined : await reach(app, conversation, head, named);
      if (reached) return { head: { seq: reached.seq, ts: reached.ts }, role, recent: [] };
      if (believed) return { head, role, recent, patched, writing };
      if (await isLast(app, conversation, head)) {
        await app.conversations.confirm(conversation, head.seq);
        return { head, role, recent, patched, writing };
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
  named?: number,
): Promise<Opened> => {
  try {
    const warm = await openWarm(app, conversation, user, entries, named);
    // Memory that others change all the time: somebody is writing.
    return warm ?? { ...(await openCold(app, conversation, user)), writing: true };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { ...(await openCold(app, conversation, user)), writing: true };
  }
};

/**
 * Opens a conversation for one who names a number of it, which must have been written. Receipts come in while the
 * entry's own sender is still telling memory of it: so the row counts, and nothing is dropped for it.
 */
export const openAt = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
  seq: number,
): Promise<Opened> => {
  const opened = await open(app, conversation, user, 0, seq);
  if (seq <= opened.head.seq) return opened;
  throw new AppError('bad-request', 'unable to go so far; `seq` lies beyond the last entry', {
    pointer: '/seq',
  });
};

/**
 * Opens it for one who has seen a head: where memory knows only a lower one, memory went back or he is wrong, so the
 * log is asked. The head may still be lower.
 */
export const openFrom = async (
  app: OpenUses,
  conversation: ConversationId,
  user: UserId,
  seen: number,
  entries: number,
): Promise<Opened> => {
  const opened = await open(app, conversation, user, entries);
  if (seen <= opened.head.seq) return opened;
  const cold = await openCold(app, conversation, user);
  const truth = { ...cold, ...(opened.writing && { writing: true }) };
  if (seen > truth.head.seq) return truth;
  try {
    await app.conversations.drop(conversation);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
  return truth;
};
