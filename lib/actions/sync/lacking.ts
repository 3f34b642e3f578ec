import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { Synced, Watermarks } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import { joinReactions, joinTexts } from '../../reading/join.ts';
import { type OpenUses, openFrom } from '../../reading/open.ts';
import { readPage } from '../../reading/page.ts';
import { cursorBelow } from '../messages/read.ts';

export type LackingUses = OpenUses & Pick<App, 'receipts' | 'cursors' | 'log'>;

/** Most clients lack a few entries of a conversation they hold: these are asked of memory first. */
const glance = 20;

/** In large conversations receipts are read on demand; one's own say what is unread. */
const shownReceipts = (all: Watermarks[], user: UserId) =>
  all.length <= limits.receiptMembers ? all : all.filter((one) => one.user === user);

/** The same with its newest entries only, as many as said. */
export const limitedTo = async (
  app: Pick<App, 'cursors'>,
  user: UserId,
  synced: Synced,
  newest: number,
): Promise<Synced> => {
  const { cursor: _, ...rest } = synced;
  const entries = newest === 0 ? [] : synced.entries.slice(-newest);
  const cursor = await cursorBelow(app, user, synced.conversation, entries[0]?.seq ?? synced.head + 1);
  return { ...rest, entries, limited: true, ...(cursor && { cursor }) };
};

/**
 * What a client that has entries up to `known` lacks of a conversation; `undefined` where it is not the user's. The
 * head is read before membership is checked, and nothing above it is given.
 */
export const lackingOf = async (
  app: LackingUses,
  user: UserId,
  conversation: ConversationId,
  known: number,
): Promise<Synced | undefined> => {
  try {
    const opened = await openFrom(app, conversation, user, known, known > 0 ? glance : limits.syncNewest);
    const { head, role, writing } = opened;
    const lacks = head.seq - known;
    // Below nothing: the log has lost what the client saw, or it never was.
    const fits = lacks >= 0 && lacks <= (known > 0 ? limits.syncEntries : limits.syncNewest);
    const limit = fits ? lacks : limits.syncNewest;
    const [page, receipts] = await Promise.all([
      readPage(app, conversation, opened, { low: 1, high: head.seq, limit }),
      app.receipts.of(conversation),
    ]);
    const joined = await joinTexts(app, conversation, page.entries.toReversed());
    const synced: Synced = {
      conversation,
      head: head.seq,
      role,
      entries: await joinReactions(app, conversation, joined),
      receipts: shownReceipts(receipts, user),
      ...(page.missing.length > 0 && { missing: page.missing }),
      ...(writing && { again: true }),
    };
    return fits ? synced : limitedTo(app, user, synced, limit);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  }
};
