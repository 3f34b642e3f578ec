import { deleteMessage, editMessage, react } from '../../../../lib/actions/messages/change.ts';
import { postMessage, sendMessage } from '../../../../lib/actions/messages/send.ts';
import type { App } from '../../../../lib/app.ts';
import type { ConnectedCaller } from '../../../../lib/caller.ts';
import { directId } from '../../../../lib/entries/create.ts';
import type { Outcome } from '../../../../lib/outcome.ts';
import type { Entry } from '../../../../schema/entries.ts';
import type { ConversationId, UserId } from '../../../../schema/ids.ts';
import type { Ack } from '../../../../schema/pushes.ts';
import { isRefusal } from '../../handler.ts';
import { request } from '../client/asking.ts';
import { fillHoles } from '../client/catch-up.ts';
import type { Device, World } from '../world.ts';
import { acked, heedAck, insist, onLine, retryOf } from './insist.ts';

/** Sends one message. */
export const say = async (
  world: World,
  device: Device,
  to: { conversation: ConversationId } | { to: UserId },
  text: string,
) => {
  const conversation = 'to' in to ? directId(device.user, to.to) : to.conversation;
  const begun = world.scheduler.now();
  const message = { type: 'text', text, ...retryOf(device, conversation, text) };
  if ('conversation' in to && world.scheduler.chance(0.15)) {
    const attemptOver = () =>
      request(world, device, 'postMessage', (app, caller) => postMessage(app, caller, conversation, message));
    const stored = await insist(world, device, conversation, attemptOver);
    if (stored && !isRefusal(stored)) acked(world, device, stored, begun, text);
    return;
  }
  const frame = { action: 'sendMessage' as const, ...to, ...message };
  const attempt = onLine(world, device, 'sendMessage', (app, caller) => sendMessage(app, caller, frame));
  const done = await insist(world, device, conversation, attempt);
  if (!done) return;
  const { line, reply } = done;
  const { seq, ts, key } = reply;
  acked(world, device, reply, begun, text);
  // Its inbox is for the line that it came on.
  if (device.line !== line) return;
  const from = device.user;
  const entry: Entry = { type: 'message.new', conversation, seq, ts, from, key, messageType: 'text', text };
  device.client.take(entry, reply.inbox?.version);
  heedAck(world, line, reply);
};

/** A change on the line: its entry says more than the ack, so it is read. */
export const change = async (
  world: World,
  device: Device,
  conversation: ConversationId,
  what: string,
  act: (app: App, caller: ConnectedCaller) => Promise<Outcome<Ack>>,
): Promise<boolean> => {
  const begun = world.scheduler.now();
  const done = await insist(world, device, conversation, onLine(world, device, what, act));
  if (!done) return false;
  const { line, reply } = done;
  acked(world, device, reply, begun);
  if (device.line !== line) return true;
  if (what === 'leave') device.client.quit(reply, reply.inbox?.version);
  else if (what === 'join') device.client.enter(reply, reply.inbox?.version);
  else device.client.expect(conversation, reply.seq);
  heedAck(world, line, reply);
  await fillHoles(world, device);
  return true;
};

const messagesOf = ({ client }: Device, conversation: ConversationId) =>
  [...(client.conversations.get(conversation)?.entries.values() ?? [])].filter(
    ({ type }) => type === 'message.new',
  );

/** Edits, deletes or reacts to one of the messages that the device holds. */
export const amend = async (world: World, device: Device, conversation: ConversationId, name: string) => {
  const { scheduler } = world;
  const messages = messagesOf(device, conversation);
  const own = messages.filter(({ from }) => from === device.user);
  const pick = (some: Entry[]) => some[scheduler.between(0, some.length - 1)];
  const what = scheduler.between(0, 3);
  const target = what < 3 ? pick(own) : pick(messages);
  if (!target) return;
  const { seq } = target;
  const on = { conversation, seq, ...retryOf(device, conversation, name) };
  if (what < 2) {
    await change(world, device, conversation, 'editMessage', (app, caller) =>
      editMessage(app, caller, { action: 'editMessage', text: `edit ${name}`, ...on }),
    );
  } else if (what === 2) {
    const done = await change(world, device, conversation, 'deleteMessage', (app, caller) =>
      deleteMessage(app, caller, { action: 'deleteMessage', ...on }),
    );
    if (done) world.record.deleted.push({ conversation, seq, at: scheduler.now() });
  } else {
    const remove = scheduler.chance(0.3);
    await change(world, device, conversation, 'react', (app, caller) =>
      react(app, caller, { action: 'react', emoji: '👍', remove, ...on }),
    );
  }
};
