import type { ChatConversation, Item, Message } from '@parley/client/chat';

/** A message as it is by now: it may have been stored, edited, or deleted. */
export const current = (items: readonly Item[], message: Message): Message => {
  const { from, key } = message;
  const isSame = (item: Item): item is Message =>
    item.kind === 'message' && item.from === from && item.key === key;
  return items.findLast(isSame) ?? message;
};

/** Also one that is not stored yet: the one before it is not what somebody means who has just sent it. */
export const lastOf = (items: readonly Item[], user: string): Message | undefined => {
  const isOwn = (item: Item): item is Message =>
    item.kind === 'message' && item.from === user && !item.deleted;
  return items.findLast(isOwn);
};

/** Who speaks wants to see it, wherever he was reading. */
export const say = (conversation: ChatConversation, text: string, replyTo: number | undefined) => {
  const sending = conversation.send(text, replyTo === undefined ? {} : { replyTo });
  conversation.jumpToNewest();
  return sending;
};

/** Gives a message another text: what was never sent, or was refused, is sent anew; what is on its way is waited for. */
export const amend = (conversation: ChatConversation, message: Message, text: string): void => {
  const { key, seq, replyTo } = message;
  if (text === message.text) return;
  if (seq !== undefined) return void conversation.edit(seq, text);
  const sending = conversation.sending(key);
  // It was stored while another part of the conversation is shown: nothing here knows its number.
  if (!sending) throw new Error('go to the newest message to edit it');
  const anew = () => sending.cancel() && say(conversation, text, replyTo);
  // What is refused is shown beside the message.
  if (!anew()) sending.sent.then((stored) => conversation.edit(stored.seq, text), anew).catch(() => {});
};
