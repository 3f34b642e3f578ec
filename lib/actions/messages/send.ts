import type { Ack, SendMessage } from '../../../schema/frames.ts';
import type { PostMessage, Stored } from '../../../schema/http.ts';
import type { ConnectionId, ConversationId, UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller, ConnectedCaller } from '../../caller.ts';
import { type Appended, type AppendUses, append } from '../../entries/append.ts';
import { directId } from '../../entries/create.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost, admitSend } from '../admit.ts';
import { openDirect } from '../conversations/create.ts';

type Message = Pick<PostMessage, 'text' | 'type' | 'replyTo' | 'key' | 'after'>;
type Place = { conversation: ConversationId; key: string };

const store = (app: AppendUses, from: UserId, place: Place, message: Message, except?: ConnectionId) =>
  append(app, {
    draft: {
      type: 'message.new',
      ...place,
      from,
      messageType: message.type,
      text: message.text,
      ...(message.replyTo !== undefined && { replyTo: message.replyTo }),
    },
    // A key that the server made cannot lie in the log already.
    after: message.key === undefined ? 'nowhere' : (message.after ?? 'newest'),
    ...(message.replyTo !== undefined && { refersTo: { seq: message.replyTo, pointer: '/replyTo' } }),
    ...(except && { except }),
  });

type Uses = AppendUses & Pick<App, 'users' | 'rates' | 'spareRates' | 'policy'>;

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
  app: Uses,
  caller: ConnectedCaller,
  frame: SendMessage,
): Promise<Outcome<Ack>> => {
  const { to } = frame;
  if (to === caller.user) {
    throw new AppError('bad-request', 'unable to send; that is yourself', { pointer: '/to' });
  }
  const before = await admitSend(app, caller);
  const conversation = to === undefined ? frame.conversation : directId(caller.user, to);
  if (conversation === undefined) throw new AppError('bad-request', 'unable to send; where to is not said');
  const place = { conversation, key: frame.key ?? app.chance.id() };
  const write = () => store(app, caller.user, place, frame, caller.connection);
  const { stored, inbox, ...perform } = await (to === undefined
    ? write()
    : storeTo(app, caller.user, to, write));
  // A repeat changes no inbox: it tells where the inbox stands.
  const stands =
    inbox ?? (perform.publish ? undefined : before && { prev: before.version, version: before.version });
  return {
    reply: {
      type: 'ack',
      ...(frame.id !== undefined && { id: frame.id }),
      ...place,
      ...stored,
      ...(stands && { inbox: stands }),
    },
    ...perform,
  };
};

/** The same over HTTP: every connection of every member gets the push. */
export const postMessage = async (
  app: Uses,
  caller: Caller,
  conversation: ConversationId,
  message: PostMessage,
): Promise<Outcome<Stored>> => {
  await admitPost(app, caller);
  const place = { conversation, key: message.key ?? app.chance.id() };
  const { stored, inbox: _, ...perform } = await store(app, caller.user, place, message);
  return { reply: { ...place, ...stored }, ...perform };
};
