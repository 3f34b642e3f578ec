import { typing } from '../../../../lib/actions/connections/typing.ts';
import { listConversations } from '../../../../lib/actions/conversations/list.ts';
import { readMessages } from '../../../../lib/actions/messages/read.ts';
import { markDelivered, markRead } from '../../../../lib/actions/receipts/mark.ts';
import { readUnread } from '../../../../lib/actions/receipts/unread.ts';
import type { ConversationId } from '../../../../schema/ids.ts';
import { headOf } from '../../../support/held.ts';
import { isRefusal } from '../../handler.ts';
import { ask, request } from '../client/asking.ts';
import { heed, openReceipts, show } from '../client/catch-up.ts';
import type { Device, World } from '../world.ts';
import { insist, onLine } from './insist.ts';

/** Marks what it holds as delivered, or some of it as read. */
export const mark = async (world: World, device: Device, conversation: ConversationId) => {
  const { scheduler, record } = world;
  const held = device.client.conversations.get(conversation);
  const head = held ? headOf(held) : 0;
  if (head === 0) return;
  const isRead = scheduler.chance(0.7);
  const seq = isRead ? scheduler.between(1, head) : head;
  const begun = scheduler.now();
  if (isRead) record.marking.push({ conversation, seq, user: device.user, begun });
  const attempt = onLine(world, device, isRead ? 'markRead' : 'markDelivered', (app, caller) =>
    (isRead ? markRead : markDelivered)(app, caller, { conversation, seq }),
  );
  const done = await insist(world, device, conversation, attempt);
  if (!done) return;
  const { line, reply } = done;
  const at = scheduler.now();
  record.told.push({ reader: device.user, conversation, marks: [reply], begun, at });
  if (isRead) record.marks.push({ conversation, key: '', seq, user: device.user, begun, at });
  if (device.line !== line) return;
  const { id: _, ...frame } = reply;
  heed(
    world,
    line,
    device.client.receive(frame as typeof reply & { inbox?: never }),
    reply.inbox?.version ?? 0,
  );
  if (!isRead) return;
  if (scheduler.chance(0.5)) await preview(world, device);
  else await total(world, device);
};

/** What is unread, over all. */
const total = async (world: World, device: Device) => {
  const begun = world.scheduler.now();
  const unread = await request(world, device, 'readUnread', (app, caller) => readUnread(app, caller));
  if (!unread || isRefusal(unread)) return;
  world.record.totals.push({ user: device.user, count: unread.count, begun, at: world.scheduler.now() });
};

/** The list of conversations: last messages, and what is unread. */
export const preview = async (world: World, device: Device) => {
  const begun = world.scheduler.now();
  const list = await request(world, device, 'listConversations', (app, caller) =>
    listConversations(app, caller, { limit: 50 }),
  );
  if (!list || isRefusal(list)) return;
  const at = world.scheduler.now();
  for (const { id, unread, lastMessage } of list.items) {
    if (lastMessage) show(world, device, 'preview', [lastMessage], begun);
    world.record.unread.push({ user: device.user, conversation: id, count: unread.count, begun, at });
  }
};

/** Reads the newest page and the receipts, as they are served while things go wrong. */
export const look = async (world: World, device: Device, conversation: ConversationId) => {
  const begun = world.scheduler.now();
  const page = await request(world, device, 'readMessages', (app, caller) =>
    readMessages(app, caller, conversation, { limit: 1_000, after: 0 }),
  );
  if (page && !isRefusal(page)) show(world, device, 'page', page.items, begun);
  await openReceipts(world, device, conversation);
};

/** Shows the others that something is being typed. */
export const type = async (world: World, device: Device, conversation: ConversationId) => {
  const { line } = device;
  if (!line) return;
  await ask(world, line, 'typing', (app, caller) =>
    typing(app, caller, { action: 'typing', conversation, active: true }),
  );
};
