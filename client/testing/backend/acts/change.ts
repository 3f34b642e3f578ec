import type { ConversationId, MessageNew } from '../../../wire.gen.ts';
import type { DeleteMessage, EditMessage, React, Retry } from '../asked.ts';
import { limits } from '../limits.ts';
import { isMessage, type Written, write } from '../log.ts';
import { noConversation, Refusal } from '../refusal.ts';
import type { Connection, Conversation, User, World } from '../world.ts';

const pointer = '/seq';

const messageAt = ({ log }: Conversation, seq: number): MessageNew => {
  const message = log[seq - 1];
  if (!isMessage(message)) throw new Refusal('not-found', 'there is no such message', { pointer });
  return message;
};

const checkThere = (message: MessageNew) => {
  if (message.deleted) throw new Refusal('message-deleted', 'the message was deleted', { pointer });
};

const notYours = () => new Refusal('forbidden', 'it is not yours', { pointer });

export const edit = (
  world: World,
  from: User,
  { conversation: id, seq, text, ...retry }: EditMessage,
  except?: Connection,
): Written =>
  write(world, {
    conversation: world.conversations.get(id),
    from,
    retry,
    except,
    addresses: true,
    make: (key, conversation) => {
      const message = messageAt(conversation, seq);
      if (message.from !== from.id) throw notYours();
      checkThere(message);
      const version = (message.version ?? 0) + 1;
      conversation.log[seq - 1] = { ...message, text, version };
      return { type: 'message.edited', conversation: id, from: from.id, key, target: seq, version };
    },
  });

export const remove = (
  world: World,
  from: User,
  { conversation: id, seq, ...retry }: DeleteMessage,
  except?: Connection,
): Written =>
  write(world, {
    conversation: world.conversations.get(id),
    from,
    retry,
    except,
    make: (key, conversation) => {
      const { replyTo: _, ...message } = messageAt(conversation, seq);
      const role = conversation.members.get(from.id)?.role;
      if (message.from !== from.id && role !== 'owner' && role !== 'admin') throw notYours();
      checkThere(message);
      const version = (message.version ?? 0) + 1;
      conversation.log[seq - 1] = { ...message, text: '', deleted: true, version };
      return { type: 'message.deleted', conversation: id, from: from.id, key, target: seq, version };
    },
  });

export const react = (
  world: World,
  from: User,
  { conversation: id, seq, emoji, remove: removed = false, ...retry }: React,
  except?: Connection,
): Written =>
  write(world, {
    conversation: world.conversations.get(id),
    from,
    retry,
    except,
    addresses: !removed,
    make: (key, { reactions, ...conversation }) => {
      const checked = messageAt({ reactions, ...conversation }, seq);
      checkThere(checked);
      const name = `${seq} ${from.id} ${emoji}`;
      const now = reactions.get(name);
      if ((now?.present ?? false) !== removed) {
        throw new Refusal('conflict', 'it is so already', { pointer: '/emoji' });
      }
      const own = [...reactions.values()].filter(
        (one) => one.seq === seq && one.user === from.id && one.present,
      );
      if (!removed && own.length >= limits.reactionsPerUser) {
        throw new Refusal('too-large', 'too many reactions to one message', { pointer: '/emoji' });
      }
      const version = (now?.version ?? 0) + 1;
      reactions.set(name, { seq, user: from.id, emoji, version, present: !removed });
      return {
        type: 'message.reacted',
        conversation: id,
        from: from.id,
        key,
        target: seq,
        version,
        emoji,
        ...(removed && { removed }),
      };
    },
  });

export const rename = (
  world: World,
  from: User,
  id: ConversationId,
  { title, ...retry }: { title: string } & Retry,
): Written =>
  write(world, {
    conversation: world.conversations.get(id),
    from,
    retry,
    make: (key, conversation) => {
      const member = conversation.members.get(from.id);
      if (!member?.in) throw noConversation();
      if (conversation.kind === 'direct') throw new Refusal('forbidden', 'it is a direct conversation');
      if (member.role === 'member') throw new Refusal('forbidden', 'only owners and admins may');
      conversation.title = title;
      conversation.titleVersion++;
      const version = conversation.titleVersion;
      return { type: 'conversation.updated', conversation: id, from: from.id, key, title, version };
    },
  });
