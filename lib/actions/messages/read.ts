import type { EntryPage, MessagesQuery } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { joinTexts } from '../../reading/join.ts';
import { rangeOfMonth } from '../../reading/months.ts';
import { type Opened, type OpenUses, openFrom } from '../../reading/open.ts';
import { isFolded, readPage } from '../../reading/page.ts';

type Uses = OpenUses & Pick<App, 'cursors' | 'log'>;

/** Where a list goes on: both included. `raw` is for those who ask what happened after N: every entry, as it is. */
type Place = { low: number; high: number; raw: boolean };

const scopeOf = (user: UserId, conversation: ConversationId) => ['messages', user, conversation];

/** Where the page below an entry begins; `undefined` where there is none below. */
export const cursorBelow = async (
  { cursors }: Pick<App, 'cursors'>,
  user: UserId,
  conversation: ConversationId,
  seq: number,
): Promise<string | undefined> =>
  seq > 1
    ? cursors.seal(scopeOf(user, conversation), { low: 1, high: seq - 1, raw: false } satisfies Place)
    : undefined;

const beyondHead = () =>
  new AppError('bad-request', 'unable to read; `after` lies beyond the last entry', { pointer: '/after' });

const placeOf = async (app: Uses, conversation: ConversationId, query: MessagesQuery, { head }: Opened) => {
  const { before, after, month } = query;
  const whole =
    month === undefined ? { low: 1, high: head.seq } : await rangeOfMonth(app, conversation, month, head);
  return {
    raw: after !== undefined,
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
  const scope = scopeOf(caller.user, conversation);
  const sealed = cursor === undefined ? undefined : await app.cursors.open<Place>(scope, cursor);
  const opened = await openFrom(app, conversation, caller.user, after, limit);
  if (after > opened.head.seq) throw beyondHead();
  const place = sealed ?? (await placeOf(app, conversation, query, opened));
  const { entries, missing } = await readPage(app, conversation, opened, { ...place, limit });
  const items = place.raw
    ? await joinTexts(app, conversation, entries)
    : entries.filter((entry) => !isFolded(entry));
  const last = Math.min(place.high, opened.head.seq) - limit + 1;
  return {
    reply: {
      items,
      ...(last > place.low && {
        next: await app.cursors.seal(scope, {
          low: place.low,
          high: last - 1,
          raw: place.raw,
        } satisfies Place),
      }),
      ...(missing.length > 0 && { missing }),
    },
  };
};
