export { systemClock } from './clock.ts';
export { connect } from './connect.ts';
export type { ClientErrorCode, ParleyErrorDetails } from './error.ts';
export { ParleyError } from './error.ts';
export type { ConnectionChange, ConnectionState, GetToken, TokenReason } from './types/connection.ts';
export type {
  Conversation,
  Following,
  HistoryRange,
  Member,
} from './types/conversation.ts';
export type { Clock, Signal, Socket, SocketConstructor, Surroundings } from './types/environment.ts';
export type { ParleyEvents } from './types/events.ts';
export type { Listening, Live } from './types/live.ts';
export type {
  OutboxDrawer,
  OutboxFrame,
  OutboxRecord,
  OutboxStorage,
  Sending,
  SendingState,
} from './types/outbox.ts';
export type { ConnectOptions, Parley } from './types/parley.ts';
export type {
  ConversationCreated,
  ConversationId,
  ConversationKind,
  ConversationUpdated,
  Entry,
  ErrorCode,
  Goodbye,
  Inbox,
  Me,
  MemberChanged,
  MemberJoined,
  MemberLeft,
  MessageDeleted,
  MessageEdited,
  MessageNew,
  MessageReacted,
  Passed,
  Presence,
  PresenceFrame,
  ReceiptFrame,
  Receipts,
  Role,
  Seq,
  Stored,
  TypingFrame,
  Unread,
  UnreadTotal,
  User,
  UserId,
} from './wire.gen.ts';
