import type { Entry } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { App } from '../app.ts';
import type { Reading } from '../cassandra/reading.ts';
import { isUnavailable } from '../errors.ts';
import { joinReactions } from './join.ts';
import type { Opened } from './open.ts';

type Uses = Pick<App, 'conversations' | 'messages' | 'clock' | 'log'>;

/** Changes of messages: a page shows the messages as they are now, and leaves these out. */
export const isFolded = ({ type }: Entry): boolean =>
  type === 'message.edited' || type === 'message.deleted' || type === 'message.reacted';

export type Page = {
  /** Newest first. */
  entries: Entry[];
  /** Numbers that stayed missing: the store has lost them. */
  missing: number[];
};

/** How long a number below the head may stay out of sight before it counts as lost. */
const lostAfterMs = 6_000;

const missingIn = (entries: Entry[], first: number, last: number) => {
  const there = new Set(entries.map(({ seq }) => seq));
  return Array.from({ length: first - last + 1 }, (_, i) => first - i).filter((seq) => !there.has(seq));
};

/** Reads until every number shows: relaxed, then decisive, then for as long as a write may be under way. */
const readAll = async (
  app: Uses,
  conversation: ConversationId,
  first: number,
  last: number,
  reading: Reading,
) => {
  const range = { low: last, high: first, limit: first - last + 1, order: 'down' as const };
  const until = app.clock.now() + lostAfterMs;
  let entries = await app.messages.range(conversation, { ...range, reading });
  for (;;) {
    const missing = missingIn(entries, first, last);
    if (missing.length === 0) return { entries, missing };
    if (app.clock.now() >= until) {
      app.log.error('log.lost', { conversation, missing });
      return { entries, missing };
    }
    entries = await app.messages.range(conversation, { ...range, reading: 'decisive' });
    if (missingIn(entries, first, last).length > 0) await app.clock.pause(500);
  }
};

/** What was just read becomes what memory serves next. */
const keep = async (app: Uses, conversation: ConversationId, { patched }: Opened, entries: Entry[]) => {
  if (patched === undefined) return;
  try {
    await app.conversations.fill(conversation, patched, entries);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
};

/** The newest `limit` entries from `high` down to `low`, both included, of an opened conversation. */
export const readPage = async (
  app: Uses,
  conversation: ConversationId,
  opened: Opened,
  { low, high, limit }: { low: number; high: number; limit: number },
): Promise<Page> => {
  const { head, recent } = opened;
  const first = Math.min(high, head.seq);
  const last = Math.max(low, 1, first - limit + 1);
  if (first < last) return { entries: [], missing: [] };

  const remembered = recent.filter(({ seq }) => seq <= first && seq >= last);
  if (remembered.length === first - last + 1) return { entries: remembered, missing: [] };

  const reading = first < head.seq - limits.recentEntries ? 'relaxed' : 'decisive';
  const read = await readAll(app, conversation, first, last, reading);
  const page = { ...read, entries: await joinReactions(app, conversation, read.entries) };
  if (first === head.seq && page.missing.length === 0) await keep(app, conversation, opened, page.entries);
  return page;
};
