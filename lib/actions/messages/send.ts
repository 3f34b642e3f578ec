import type { SendMessage } from '../../../schema/frames.ts';
import type { PostMessage, Stored } from '../../../schema/http/conversations.ts';
import type { ConnectionId, ConversationId, UserId } from '../../../schema/ids.ts';
import type { Ack } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { Caller, ConnectedCaller } from '../../caller.ts';
import { type Appended, type AppendUses, append, startOf } from '../../entries/append.ts';
import { directId } from '../../entries/create.ts';
import type { Draft } from '../../entries/draft.ts';
import { AppError } from '../../errors.ts';
import { count } from '../../metrics/measure.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost, admitSend, type SenderUses } from '../admit.ts';
import { acked, answered } from '../answers.ts';
import { openDirect } from '../conversations/create.ts';

type Message = Pick<PostMessage, 'text' | 'type' | 'replyTo' | 'key' | 'after'>;
type Place = { conversation: ConversationId; key: string };

const store = (
  app: AppendUses,
  from: UserId,
  { conversation, key }: Place,
  message: Message,
  except?: ConnectionId,
) => {
  const draft: Draft = {
    type: 'message.new',
    conversation,
    from,
    key,
    messageType: message.type,
    text: message.text,
    ...(message.replyTo !== undefined && { replyTo: message.replyTo }),
  };
  return append(app, {
    conversation,
    by: { from, key },
    prepare: async () => ({ draft }),
    after: startOf(message),
    addresses: true,
    ...(message.replyTo !== undefined && { refersTo: { seq: message.replyTo, pointer: '/replyTo' } }),
    ...(except && { except }),
  });
};

type Uses = AppendUses & Pick<App, 'gateway' | 'users' | 'rates' | 'spareRates' | 'policy'>;

/** Stores to the direct conversation with a user, which is created by the first message. */
const storeTo = async (
  app: Uses,
  from: UserId,
  to: UserId,
  write: () => Promise<Appended>,
): Promise<Appended> => {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
    const opened = await openDirect(app, from, to);
    const appended = await write();
    return {
      ...appended,
      publish: [...(opened.publish ?? []), ...(appended.publish ?? [])],
      meanwhile: async () => {
        await appended.meanwhile?.();
        await opened.meanwhile?.();
      },
    };
  }
};

export const sendMessage = async (
  app: Uses & SenderUses,
  caller: ConnectedCaller,
  frame: SendMessage,
): Promise<Outcome<Ack>> => {
  count('sends');
  const { to } = frame;
  if (to === caller.user) {
    throw new AppError('bad-request', 'unable to send; that is yourself', { pointer: '/to' });
  }
  const before = await admitSend(app, caller);
  const conversation = to === undefined ? frame.conversation : directId(caller.user, to);
  if (conversation === undefined) throw new AppError('bad-request', 'unable to send; where to is not said');
  const place = { conversation, key: frame.key ?? app.chance.id() };
  const write = () => store(app, caller.user, place, frame, caller.connection);
  const appended = await (to === undefined ? write() : storeTo(app, caller.user, to, write));
  return acked(frame, place, appended, before);
};

/** The same over HTTP: every connection of every member gets the push. */
export const postMessage = async (
  app: Uses,
  caller: Caller,
  conversation: ConversationId,
  message: PostMessage,
): Promise<Outcome<Stored>> => {
  count('sends');
  await admitPost(app, caller);
  const place = { conversation, key: message.key ?? app.chance.id() };
  return answered(place, await store(app, caller.user, place, message));
};
