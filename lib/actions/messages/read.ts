import type { EntryPage, MessagesQuery } from '../../../schema/http.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { rangeOfMonth } from '../../entries/months.ts';
import { type Opened, type OpenUses, open, openCold } from '../../entries/open.ts';
import { readPage } from '../../entries/page.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';

type Uses = OpenUses & Pick<App, 'cursors' | 'log'>;

/** Where a list goes on: both included. */
type Place = { low: number; high: number };

const beyondHead = () =>
  new AppError('bad-request', 'unable to read; `after` lies beyond the last entry', { pointer: '/after' });

/** A client that saw a later head than memory has: memory went back, or the client is wrong. */
const openAbove = async (
  app: Uses,
  conversation: ConversationId,
  caller: Caller,
  after: number,
  entries: number,
) => {
  const opened = await open(app, conversation, caller.user, entries);
  if (after <= opened.head.seq) return opened;
  const truth = await openCold(app, conversation, caller.user);
  if (after > truth.head.seq) throw beyondHead();
  try {
    await app.conversations.drop(conversation);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
  return truth;
};

const placeOf = async (app: Uses, conversation: ConversationId, query: MessagesQuery, { head }: Opened) => {
  const { before, after, month } = query;
  const whole =
    month === undefined ? { low: 1, high: head.seq } : await rangeOfMonth(app, conversation, month, head);
  return {
    low: Math.max(whole.low, (after ?? 0) + 1),
    high: Math.min(whole.high, (before ?? Number.MAX_SAFE_INTEGER) - 1),
  };
};

/** A page of a conversation's log, newest to oldest. */
export const readMessages = async (
  app: Uses,
  caller: Caller,
  conversation: ConversationId,
  query: MessagesQuery,
): Promise<Outcome<EntryPage>> => {
  const { limit, cursor, after = 0 } = query;
  const scope = ['messages', caller.user, conversation];
  const sealed = cursor === undefined ? undefined : app.cursors.open<Place>(scope, cursor);
  const opened = await openAbove(app, conversation, caller, after, limit);
  const place = sealed ?? (await placeOf(app, conversation, query, opened));
  const { entries, missing } = await readPage(app, conversation, opened, { ...place, limit });
  const last = Math.min(place.high, opened.head.seq) - limit + 1;
  return {
    reply: {
      items: entries,
      ...(last > place.low && {
        next: app.cursors.seal(scope, { low: place.low, high: last - 1 } satisfies Place),
      }),
      ...(missing.length > 0 && { missing }),
    },
  };
};
