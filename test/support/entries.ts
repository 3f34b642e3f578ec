import type { ConversationCreated, MessageNew } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';

type Place = { conversation: ConversationId; seq: number; from: UserId; key?: string; ts?: number };

export const aMessage = ({
  conversation,
  seq,
  from,
  key = `key-of-entry-${seq}`,
  ts,
}: Place): MessageNew => ({
  type: 'message.new',
  conversation,
  seq,
  ts: ts ?? 1_795_000_000_000 + seq,
  from,
  key,
  messageType: 'text',
  text: `text ${seq}`,
});

export const aCreation = ({ conversation, from, ts }: Place, members: UserId[]): ConversationCreated => ({
  type: 'conversation.created',
  conversation,
  seq: 1,
  ts: ts ?? 1_795_000_000_001,
  from,
  key: conversation,
  kind: 'group',
  title: 'a group',
  members,
});
