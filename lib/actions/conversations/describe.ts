import type { Conversation } from '../../../schema/http/conversations.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Belonging } from '../../members/port.ts';
import { openUnread, type UnreadUses } from '../receipts/open-unread.ts';

export type DescribeUses = UnreadUses & Pick<App, 'members'>;

/** A conversation as it stands in its member's list. */
export const describe = async (
  app: DescribeUses,
  user: UserId,
  { conversation: id, peer }: Pick<Belonging, 'conversation' | 'peer'>,
): Promise<Conversation> => {
  const [{ opened, unread, last }, row] = await Promise.all([
    openUnread(app, id, user),
    app.members.conversation(id),
  ]);
  if (!row) throw new AppError('not-found', 'unable to read; no such conversation');
  return {
    id,
    kind: row.kind,
    ...(row.title !== undefined && { title: row.title }),
    ...(peer !== undefined && { peer }),
    role: opened.role,
    head: opened.head.seq,
    unread,
    activeAt: opened.head.ts,
    ...(last && { lastMessage: last }),
  };
};
