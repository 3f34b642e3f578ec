import type { Entry } from '../../../schema/entries.ts';
import type { DeleteEvent, EditEvent, MessageEvent } from '../../../schema/events.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import { open, openFrom } from '../../reading/open.ts';
import { deleteMessage, editMessage, type FindSeq } from './change.ts';
import { sendMessage } from './send.ts';

/** The older form of three actions: `{event, message, seq?}` in the conversation that the connection was opened for. */
type Uses = Parameters<typeof sendMessage>[0];

const conversationOf = ({ conversation }: ConnectedCaller): ConversationId => {
  if (conversation !== undefined) return conversation;
  throw new AppError('bad-request', 'unable to act; this connection was opened without `?conversation=`', {
    pointer: '/event',
  });
};

/** The newest own message that no entry among these deletes: always the same for the same entries. */
const lastOf = (entries: Entry[], user: UserId): number | undefined => {
  const deleted = new Set(
    entries.flatMap((entry) => (entry.type === 'message.deleted' ? [entry.target] : [])),
  );
  return entries.find(({ type, from, seq }) => type === 'message.new' && from === user && !deleted.has(seq))
    ?.seq;
};

/**
 * The sender's last message as the log was at `after`, so that every attempt of a frame means the same one; without
 * `after` as it is now.
 */
const lastBefore =
  (app: Uses, { user }: ConnectedCaller, conversation: ConversationId, after: number | undefined): FindSeq =>
  async () => {
    const { head } = await (after === undefined
      ? open(app, conversation, user, 0)
      : openFrom(app, conversation, user, after, 0));
    const high = Math.min(after ?? head.seq, head.seq);
    const low = Math.max(1, high - limits.recentEntries + 1);
    const range = { low, high, limit: limits.recentEntries, order: 'down' as const };
    const last = lastOf(high > 0 ? await app.messages.range(conversation, range) : [], user);
    if (last !== undefined) return last;
    throw new AppError('bad-request', 'unable to change it; no message of yours is among the last', {
      pointer: '/seq',
    });
  };

export const messageEvent = async (
  app: Uses,
  caller: ConnectedCaller,
  { event: _, ...frame }: MessageEvent,
) => {
  const { message: text, ...rest } = frame;
  const conversation = conversationOf(caller);
  return sendMessage(app, caller, { action: 'sendMessage', conversation, text, type: 'text', ...rest });
};

export const editEvent = async (app: Uses, caller: ConnectedCaller, { event: _, ...frame }: EditEvent) => {
  const { message: text, ...rest } = frame;
  const conversation = conversationOf(caller);
  const seq = frame.seq ?? lastBefore(app, caller, conversation, frame.after);
  return editMessage(app, caller, { action: 'editMessage', ...rest, conversation, text, seq });
};

export const deleteEvent = async (
  app: Uses,
  caller: ConnectedCaller,
  { event: _, ...frame }: DeleteEvent,
) => {
  const conversation = conversationOf(caller);
  const seq = frame.seq ?? lastBefore(app, caller, conversation, frame.after);
  return deleteMessage(app, caller, { action: 'deleteMessage', ...frame, conversation, seq });
};
