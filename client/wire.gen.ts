// Made from schema/ by `npm run generate`; edits are lost.

/** A user: `u:` and 22 characters. Opaque: compare it, do not parse it. */
export type UserId = string;

/** A conversation: `d:` or `g:` and 22 characters. Opaque: compare it, do not parse it. */
export type ConversationId = string;

/** Place of an entry in its log: 1, 2, 3, without gaps. */
export type Seq = number;

/** Every code that the server refuses with. */
export type ErrorCode = 'bad-frame' | 'unknown-action' | 'bad-request' | 'too-large' | 'unauthorized' | 'token-expired' | 'revoked' | 'forbidden' | 'not-found' | 'message-deleted' | 'conflict' | 'blocked' | 'name-taken' | 'retry-too-old' | 'unknown-connection' | 'rate-limited' | 'internal' | 'unavailable';

/** What a member may do. */
export type Role = 'owner' | 'admin' | 'member';

/** Two users; a closed group; or a room, which anyone signed in may join. */
export type ConversationKind = 'direct' | 'group' | 'room';

/** A message, as the log has it. */
export type MessageNew = { type: 'message.new'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; messageType: string; text: string; replyTo?: Seq; version?: number; deleted?: true; reactions?: Record<string, UserId[]> };

/** The text of `target` changed to `text`, its state of now; without one it was deleted since. */
export type MessageEdited = { type: 'message.edited'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; target: Seq; version: number; text?: string };

/** The text of `target` is gone for ever. */
export type MessageDeleted = { type: 'message.deleted'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; target: Seq; version: number };

/** `from` put the emoji to `target`, or took it away. */
export type MessageReacted = { type: 'message.reacted'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; target: Seq; version: number; emoji: string; removed?: true };

/** Always entry 1. `from` is the creator. */
export type ConversationCreated = { type: 'conversation.created'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; kind: ConversationKind; title?: string; members: UserId[] };

/** The conversation has another title. */
export type ConversationUpdated = { type: 'conversation.updated'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; title: string; version: number };

/** `user` was added by `from`, or joined where that is the user. */
export type MemberJoined = { type: 'member.joined'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; user: UserId; version: number; role: Role };

/** `user` was removed by `from`, or left where that is the user. */
export type MemberLeft = { type: 'member.left'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; user: UserId; version: number };

/** `user` has another role. */
export type MemberChanged = { type: 'member.changed'; conversation: ConversationId; seq: Seq; ts: number; from: UserId; key: string; user: UserId; version: number; role: Role };

/** One row of a log, of any type. */
export type Entry = MessageNew | MessageEdited | MessageDeleted | MessageReacted | ConversationCreated | ConversationUpdated | MemberJoined | MemberLeft | MemberChanged;

/** The versions of the inbox before and after a change. */
export type Inbox = { prev: number; version: number };

/** Where the inbox stands. */
export type InboxHead = { epoch: string; version: number };

/** It is stored. */
export type Ack = { type: 'ack'; id?: string; key: string; conversation: ConversationId; seq: Seq; ts: number; inbox?: Inbox };

/** A frame was refused. */
export type ErrorFrame = { type: 'error'; id?: string; code: ErrorCode; message: string; retryable: boolean; retryAfterMs?: number; pointer?: string };

/** The answer to a sign of life. */
export type Pong = { type: 'pong'; id?: string; inbox: InboxHead; presence?: Presence[] };

/** It is done. */
export type Ok = { type: 'ok'; id?: string; expiresAt?: number };

/** How far a user has got: everything up to these seqs. */
export type ReceiptFrame = { type: 'receipt'; id?: string; conversation: ConversationId; user: UserId; delivered: number; read: number; inbox?: Inbox };

/** Somebody is typing, or no longer. */
export type TypingFrame = { type: 'typing'; conversation: ConversationId; user: UserId; active: boolean };

/** One user as others see it; `lastSeen` in milliseconds since 1970. */
export type Presence = { user: UserId; online: boolean; lastSeen?: number };

/** How users are. */
export type PresenceFrame = { type: 'presence'; id?: string; users: Presence[] };

/** The server is about to close the connection. */
export type Goodbye = { type: 'goodbye'; code: 'expired' | 'revoked' | 'kicked' | 'silent' | 'too-many' | 'lifetime' | 'draining'; reconnect: boolean; afterMs: number };

/** How far a user has got: everything up to these seqs. */
export type Watermarks = { user: UserId; delivered: number; read: number };

/** What was missed of one conversation. */
export type Synced = { conversation: ConversationId; head: number; role: Role; entries: Entry[]; limited?: true; cursor?: string; receipts: Watermarks[]; missing?: number[]; again?: true };

/** What was missed. */
export type SyncFrame = { type: 'sync'; id?: string; inbox: InboxHead; now: number; conversations: Synced[]; gone?: ConversationId[]; belongsTo?: ConversationId[]; next?: string };

/** What was missed, over HTTP. */
export type SyncReply = { inbox: InboxHead; now: number; conversations: Synced[]; gone?: ConversationId[]; belongsTo?: ConversationId[]; next?: string };

/** Messages not read; with `more` at least so many. */
export type Unread = { count: number; more: boolean };

/** Messages not read, and in how many conversations. */
export type UnreadTotal = { count: number; more: boolean; conversations: number };

/** A conversation as the list has it. */
export type Conversation = { id: ConversationId; kind: ConversationKind; title?: string; peer?: UserId; role: Role; head: number; unread: Unread; activeAt: number; lastMessage?: MessageNew };

/** A page of conversations. */
export type ConversationPage = { items: Conversation[]; next?: string };

/** A page of a log, newest to oldest. */
export type EntryPage = { items: Entry[]; next?: string; missing?: Seq[] };

/** A page of members. */
export type MemberPage = { items: { user: UserId; name: string; role: Role }[]; next?: string };

/** When a watermark passed a message, and on which device. */
export type Passed = { at: number; device: string };

/** How far the members have got. */
export type Receipts = { items: { user: UserId; delivered: number; read: number; receivedOn?: Passed[]; readOn?: Passed[] }[] };

/** Where an entry is stored; `ts` in milliseconds since 1970. */
export type Stored = { key: string; conversation: ConversationId; seq: Seq; ts: number };

/** A user and the name. */
export type User = { id: UserId; name: string };

/** Some users. */
export type UserList = { items: User[] };

/** Whose token it is, and until when it is good; milliseconds since 1970. */
export type Me = { user: User; device: string; role: string; expiresAt: number };

/** A user who is signed in; `expiresAt` in milliseconds since 1970. */
export type Session = { user: User; token: string; expiresAt: number };

/** The devices of a user. */
export type DeviceList = { items: { id: string; createdAt: number; current?: true; connections: number }[] };

/** How users are. */
export type PresenceList = { items: Presence[] };

/** A refusal over HTTP, as RFC 9457 has it. */
export type Problem = { type: string; title: string; status: number; detail: string; code: ErrorCode; retryable: boolean; retryAfterMs?: number; pointer?: string };
