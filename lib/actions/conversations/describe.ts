import type { MessageNew } from '../../../schema/entries.ts';
import type { Conversation } from '../../../schema/http.ts';
import type { UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { type Opened, type OpenUses, open } from '../../entries/open.ts';
import { readPage } from '../../entries/page.ts';
import { AppError } from '../../errors.ts';
import type { Belonging } from '../../members/port.ts';

export type DescribeUses = OpenUses & Pick<App, 'log'>;

/** Most newest entries are messages: these few are asked of memory first. */
const glance = 10;

const lastMessage = async (app: DescribeUses, id: Belonging['conversation'], opened: Opened) => {
  const isMessage = (entry: { type: string }): entry is MessageNew => entry.type === 'message.new';
  const seen = opened.recent.find(isMessage);
  if (seen || opened.recent.length === opened.head.seq) return seen;
  const range = { low: 1, high: opened.head.seq, limit: limits.recentEntries };
  return (await readPage(app, id, opened, range)).entries.find(isMessage);
};

/** A conversation as it stands in its member's list. */
export const describe = async (
  app: DescribeUses,
  user: UserId,
  { conversation: id, peer }: Pick<Belonging, 'conversation' | 'peer'>,
): Promise<Conversation> => {
  const [opened, row] = await Promise.all([open(app, id, user, glance), app.members.conversation(id)]);
  if (!row) throw new AppError('not-found', 'unable to read; no such conversation');
  const last = await lastMessage(app, id, opened);
  return {
    id,
    kind: row.kind,
    ...(row.title !== undefined && { title: row.title }),
    ...(peer !== undefined && { peer }),
    role: opened.role,
    head: opened.head.seq,
    activeAt: opened.head.ts,
    ...(last && { lastMessage: last }),
  };
};
