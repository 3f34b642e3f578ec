import { listConversations } from '../../../../lib/actions/conversations/list.ts';
import type { Entry } from '../../../../schema/entries.ts';
import type { ConversationId, UserId } from '../../../../schema/ids.ts';
import { placeOf } from '../record.ts';
import type { Setting, World } from '../world.ts';
import type { Logs } from './check.ts';

type Asked = { user: UserId; begun: number; at: number };
type Bounds = { least: number; most: number };

const isUnread = (entry: Entry, user: UserId, above: number) =>
  entry.type === 'message.new' && entry.seq > above && entry.from !== user;

/** What may have been unread while it was asked: between what was certain when it began and what was there at its end. */
const boundsOf = (
  { record }: World,
  logs: Logs,
  conversation: ConversationId,
  { user, begun, at }: Asked,
): Bounds => {
  const log = logs.get(conversation) ?? [];
  const own = <M extends { conversation: ConversationId; user: UserId }>(marks: M[]) =>
    marks.filter((mark) => mark.conversation === conversation && mark.user === user);
  const before = own(record.marks).filter((mark) => mark.at <= begun);
  const tried = own(record.marking).filter((mark) => mark.begun <= at);
  const acked = new Set(record.acks.filter((ack) => ack.at <= begun).map(placeOf));
  const gone = new Set(record.deleted.filter((one) => one.at <= begun).map(placeOf));
  const mayBe = (entry: Entry) =>
    (record.storedAt.get(placeOf(entry)) ?? 0) <= at && !gone.has(placeOf(entry));
  const isTold = (entry: Entry) => !record.untold.has(placeOf(entry));
  const mustBe = (entry: Entry) =>
    acked.has(placeOf(entry)) &&
    isTold(entry) &&
    (record.deletedAt.get(placeOf(entry)) ?? Number.POSITIVE_INFINITY) > at;
  const count = (marks: { seq: number }[], fits: (entry: Entry) => boolean) => {
    const above = Math.max(0, ...marks.map(({ seq }) => seq));
    return log.filter((entry) => isUnread(entry, user, above) && fits(entry)).length;
  };
  return { least: count(tried, mustBe), most: count(before, mayBe) };
};

/** Whether a user has belonged to it all along since its creation was answered. */
const isFaithful = (log: Entry[], user: UserId) =>
  log.every((entry) =>
    entry.type === 'conversation.created'
      ? entry.members.includes(user)
      : !('user' in entry) || entry.user !== user || entry.type === 'member.changed',
  );

const outside = (count: number, { least, most }: Bounds) => count < least || count > most;

/** I11: right after a read. */
const toldRight = (world: World, logs: Logs): string[] => {
  const { record } = world;
  const lists = record.unread.flatMap(({ conversation, count, ...asked }) => {
    const bounds = boundsOf(world, logs, conversation, asked);
    return outside(count, bounds)
      ? [`I11: ${asked.user} was told of ${count} unread, where ${bounds.least} to ${bounds.most} are`]
      : [];
  });
  const totals = record.totals.flatMap(({ count, ...asked }) => {
    const all = [...logs].map(([conversation, log]) => {
      const { least, most } = boundsOf(world, logs, conversation, asked);
      return { least: isFaithful(log, asked.user) ? least : 0, most };
    });
    const sum = (of: (bounds: Bounds) => number) => all.reduce((total, bounds) => total + of(bounds), 0);
    const bounds = { least: sum(({ least }) => least), most: sum(({ most }) => most) };
    return outside(count, bounds)
      ? [`I11: ${asked.user} was told of ${count} over all, where ${bounds.least} to ${bounds.most} are`]
      : [];
  });
  return [...lists, ...totals];
};

/** I11: right after a read, and once all is quiet. */
export const unreadRight = async (world: World, setting: Setting, logs: Logs): Promise<string[]> => {
  if (setting.loss === 'rollback') return [];
  const { app, devices } = world;
  const wrong = toldRight(world, logs);
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
