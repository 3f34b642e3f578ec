import type { Entry, MessageNew } from '../../../schema/entries.ts';
import type { Unread } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { type Opened, type OpenUses, open } from '../../reading/open.ts';
import { readPage } from '../../reading/page.ts';

export type UnreadUses = OpenUses & Pick<App, 'receipts' | 'log'>;

/** Most conversations have few unread messages: these few entries are asked of memory first. */
const glance = 10;

const isMessage = (entry: Entry): entry is MessageNew => entry.type === 'message.new';

/** At least the newest `count` entries, or all: from what was asked for first, from memory, or from the log. */
const newest = async (app: UnreadUses, id: ConversationId, user: UserId, opened: Opened, count: number) => {
  const wanted = Math.min(count, opened.head.seq);
  if (opened.recent.length >= wanted) return opened.recent;
  const isCut = opened.recent.length === glance;
  const deeper = isCut ? await open(app, id, user, wanted) : opened;
  return (await readPage(app, id, deeper, { low: 1, high: deeper.head.seq, limit: wanted })).entries;
};

/** Opens a conversation with its last message, and with how many messages of others its member has not read. */
export const openUnread = async (
  app: UnreadUses,
  id: ConversationId,
  user: UserId,
): Promise<{ opened: Opened; unread: Unread; last?: MessageNew }> => {
  const opened = await open(app, id, user, glance);
  const { read } = await app.receipts.own(id, user);
  const above = Math.max(0, opened.head.seq - read);
  const seen = await newest(app, id, user, opened, Math.min(above, limits.recentEntries));
  const isUnread = (entry: Entry) =>
    isMessage(entry) && entry.seq > read && entry.from !== user && !entry.deleted;
  const last =
    seen.find(isMessage) ?? (await newest(app, id, user, opened, limits.recentEntries)).find(isMessage);
  return {
    opened,
    unread: { count: seen.filter(isUnread).length, more: above > limits.recentEntries },
    ...(last && { last }),
  };
};
