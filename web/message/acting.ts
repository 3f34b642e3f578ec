import type { Message } from '@parley/client/chat';

/** What can be done with a message. The same object for as long as a conversation is open. */
export type Acting = {
  canDelete(message: Message): boolean;
  canEdit(message: Message): boolean;
  reply(message: Message): void;
  edit(message: Message): void;
  remove(message: Message): void;
  /** Puts the emoji there, or takes one's own away. */
  react(message: Message, emoji: string): void;
  /** Asks which emoji. */
  pick(message: Message): void;
  /** Who received and read it. */
  inspect(message: Message): void;
  copy(message: Message): void;
  /** What was refused, of a message or a change of it: once more, or forgotten. */
  retry(message: Message): void;
  discard(message: Message): void;
  /** Shows another message of the conversation, where it is loaded. */
  show(seq: number): void;
  /** Does what a key stands for; `false` where it stands for nothing. */
  byKey(key: string, message: Message): boolean;
};
