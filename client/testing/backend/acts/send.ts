import type { ConversationId, UserId } from '../../../wire.gen.ts';
import type { Message } from '../asked.ts';
import { type Written, write } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { type Connection, directId, ownOf, type User, type World } from '../world.ts';
import { openDirect } from './create.ts';

export const send = (
  world: World,
  from: User,
  id: ConversationId,
  { text, type = 'text', replyTo, ...retry }: Message,
  except?: Connection,
): Written =>
  write(world, {
    conversation: world.conversations.get(id),
    from,
    retry,
    except,
    addresses: true,
    refersTo: replyTo,
    make: (key, conversation) => ({
      type: 'message.new',
      conversation: conversation.id,
      from: from.id,
      key,
      messageType: type,
      text,
      ...(replyTo !== undefined && { replyTo }),
    }),
  });

/** To a user: the first message opens the direct conversation. */
export const sendTo = (
  world: World,
  from: User,
  to: UserId,
  message: Message,
  except?: Connection,
): Written => {
  const id = directId(from.id, to);
  if (!ownOf(world, from.id, id)) openDirect(world, from, to, '/to');
  return send(world, from, id, message, except);
};

export const checkNotSelf = (from: User, to: unknown, pointer: string): void => {
  if (to === from.id) throw new Refusal('bad-request', 'that is yourself', { pointer });
};
