import type { UnreadTotal } from '../../../schema/http/conversations.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import type { Outcome } from '../../outcome.ts';
import { openUnread, type UnreadUses } from './open-unread.ts';

const lanes = 8;

/** What the caller has not read, over his conversations, the newest first, and in how many of them. */
export const readUnread = async (
  app: UnreadUses & Pick<App, 'members'>,
  { user }: Caller,
): Promise<Outcome<UnreadTotal>> => {
  const all = (await app.members.conversationsOf(user)).toSorted((a, b) => b.activeAt - a.activeAt);
  const counted = all.slice(0, limits.unreadConversations);
  const total: UnreadTotal = { count: 0, more: all.length > counted.length, conversations: 0 };
  await inLanes(lanes, counted, async ({ conversation }) => {
    try {
      const { count, more } = (await openUnread(app, conversation, user)).unread;
      total.count += count;
      total.more ||= more;
      if (count > 0 || more) total.conversations++;
    } catch (error) {
      // A row of the list may be there before its conversation is, or after its member has gone.
      if (!(error instanceof AppError && error.code === 'not-found')) throw error;
    }
  });
  return { reply: total };
};
