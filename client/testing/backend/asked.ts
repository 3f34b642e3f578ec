import type { ConversationId, ConversationKind, Role, Seq, UserId } from '../../wire.gen.ts';

/** What clients ask for, on the socket and over HTTP. */

export type Retry = { key?: string | undefined; after?: number | undefined };
export type Message = { text: string; type?: string; replyTo?: Seq } & Retry;
type Target = { conversation: ConversationId; seq: Seq } & Retry;

type SendMessage = { conversation?: ConversationId; to?: UserId } & Message;
export type EditMessage = Target & { text: string };
export type DeleteMessage = Target;
export type React = Target & { emoji: string; remove?: boolean };
export type Membership = { conversation: ConversationId } & Retry;
export type Mark = { conversation: ConversationId; seq: Seq };
export type Typing = { conversation: ConversationId; active: boolean };
export type Position = {
  inbox?: { epoch: string; version: number };
  since?: number;
  heads?: Record<ConversationId, number>;
  cursor?: string;
};

/** Every action, by name. */
export type Frames = {
  sendMessage: SendMessage;
  editMessage: EditMessage;
  deleteMessage: DeleteMessage;
  react: React;
  join: Membership;
  leave: Membership;
  markDelivered: Mark;
  markRead: Mark;
  typing: Typing;
  watchPresence: { users: UserId[] };
  sync: Position;
  refreshToken: { token: string };
  ping: { every?: number };
  help: { topic?: string };
};
export type Action = keyof Frames;
/** A frame as it is sent: `{ action: 'sendMessage', to, text }`. */
export type Frame = { [Name in Action]: { action: Name; id?: string } & Frames[Name] }[Action];

export type CreateGroup = {
  kind: Exclude<ConversationKind, 'direct'>;
  title: string;
  members?: UserId[];
  key?: string;
};
export type Page = { limit: number; cursor?: string };
export type MessagesQuery = Page & { before?: number; after?: number; month?: string };
export type AddMember = { user: UserId; role?: Role } & Retry;
export type ChangeMember = { role: Role } & Retry;
