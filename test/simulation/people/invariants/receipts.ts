import { listConversations } from '../../../../lib/actions/conversations/list.ts';
import type { Entry } from '../../../../schema/entries.ts';
import type { UserId } from '../../../../schema/ids.ts';
import type { Setting, World } from '../world.ts';
import type { Logs } from './check.ts';

const isUnread = (entry: Entry, user: UserId, above: number) =>
  entry.type === 'message.new' && entry.seq > above && entry.from !== user;

/** I7: what was answered is stored, and no reader is told less than was answered or told before he asked. */
export const receiptsRose = async (
  { app, record, conversations }: World,
  { loss }: Setting,
): Promise<string[]> => {
  const wrong: string[] = [];
  for (const conversation of conversations) {
    const stored = new Map((await app.receipts.of(conversation)).map((marks) => [marks.user, marks]));
    for (const { user, seq } of record.marks.filter((mark) => mark.conversation === conversation))
      if ((stored.get(user)?.read ?? 0) < seq)
        wrong.push(`I7: ${user} read ${seq}, which was answered and is lost`);
    // A memory that went back, or missed a mark, may show less for an hour.
    if (loss === 'rollback') continue;
    const told = record.told.filter((one) => one.conversation === conversation);
    for (const one of told) {
      for (const before of told) {
        if (before.at > one.begun) continue;
        for (const { user, read } of before.marks) {
          const now = one.marks.find((marks) => marks.user === user);
          if (now && now.read < read)
            wrong.push(`I7: ${one.reader} was told that ${user} read ${now.read}, and ${read} before`);
        }
      }
    }
  }
  return wrong;
};

/** I11: right after a read, and once all is quiet. */
export const unreadRight = async (
  { app, record, devices }: World,
  { loss }: Setting,
  logs: Logs,
): Promise<string[]> => {
  if (loss === 'rollback') return [];
  const wrong: string[] = [];
  for (const { user, conversation, count, above } of record.unread) {
    const most = logs.get(conversation)?.filter((entry) => isUnread(entry, user, above)).length ?? 0;
    if (count > most)
      wrong.push(`I11: ${user} was told of ${count} unread above ${above}, where ${most} are`);
  }
  for (const device of devices) {
    const caller = { user: device.user, device: device.id, role: 'user', expiresAt: Number.MAX_SAFE_INTEGER };
    const { items } = (await listConversations(app, caller, { limit: 50 })).reply;
    for (const { id, unread } of items) {
      const { read } = await app.receipts.own(id, device.user);
      const due = logs
        .get(id)
        ?.filter(
          (entry) => isUnread(entry, device.user, read) && entry.type === 'message.new' && !entry.deleted,
        );
      if (unread.count !== due?.length)
        wrong.push(`I11: ${device.user} has ${unread.count} unread, and ${due?.length} are`);
    }
  }
  return wrong;
};
