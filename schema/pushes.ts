import * as z from 'zod/mini';
import { Entry, entries, Role } from './entries.ts';
import { ErrorCode } from './errors.ts';
import { ConversationId, Seq, UserId } from './ids.ts';

/** Server to client. */

/** The versions of a user's inbox around one change: a `prev` that is not the client's own means a missed change. */
export const Inbox = z
  .object({ prev: z.int(), version: z.int() })
  .check(z.meta({ id: 'Inbox', examples: [{ prev: 1795222799000000, version: 1795222800000000 }] }));
export type Inbox = z.infer<typeof Inbox>;

/** Where a user's inbox stands; another `epoch` means that its earlier versions were forgotten. */
export const InboxHead = z.object({ epoch: z.string(), version: z.int() }).check(z.meta({ id: 'InboxHead' }));
export type InboxHead = z.infer<typeof InboxHead>;

/** Stored at quorum. Without `inbox` the store of marks was away: the next frame that has one leads to a sync. */
export const Ack = z
  .object({
    type: z.literal('ack'),
    id: z.optional(z.string()),
    key: z.string(),
    conversation: ConversationId,
    seq: Seq,
    ts: z.int(),
    inbox: z.optional(Inbox),
  })
  .check(z.meta({ id: 'Ack' }));
export type Ack = z.infer<typeof Ack>;

export const ErrorFrame = z
  .object({
    type: z.literal('error'),
    id: z.optional(z.string()),
    code: ErrorCode,
    message: z.string(),
    /** Whether the same frame, with the same key, may succeed later. */
    retryable: z.boolean(),
    retryAfterMs: z.optional(z.int()),
    /** JSON Pointer (RFC 6901) to the field. */
    pointer: z.optional(z.string()),
  })
  .check(z.meta({ id: 'ErrorFrame' }));
export type ErrorFrame = z.infer<typeof ErrorFrame>;

/** One user as others see it; `lastSeen` in milliseconds since 1970, where it is known. */
export const Presence = z
  .object({ user: UserId, online: z.boolean(), lastSeen: z.optional(z.int()) })
  .check(z.meta({ id: 'Presence' }));
export type Presence = z.infer<typeof Presence>;

export const Pong = z
  .object({
    type: z.literal('pong'),
    id: z.optional(z.string()),
    inbox: InboxHead,
    /** Of the watched users. */
    presence: z.optional(z.array(Presence)),
  })
  .check(z.meta({ id: 'Pong' }));
export type Pong = z.infer<typeof Pong>;

/** Done, and nothing to tell but what is here. */
export const Ok = z
  .object({ type: z.literal('ok'), id: z.optional(z.string()), expiresAt: z.optional(z.int()) })
  .check(z.meta({ id: 'Ok' }));
export type Ok = z.infer<typeof Ok>;

/** How far a user has got: watermarks, which only rise. `inbox` where the change was marked. */
export const ReceiptFrame = z
  .object({
    type: z.literal('receipt'),
    id: z.optional(z.string()),
    conversation: ConversationId,
    user: UserId,
    delivered: z.int(),
    read: z.int(),
    inbox: z.optional(Inbox),
  })
  .check(z.meta({ id: 'ReceiptFrame' }));
export type ReceiptFrame = z.infer<typeof ReceiptFrame>;

export const TypingFrame = z
  .object({ type: z.literal('typing'), conversation: ConversationId, user: UserId, active: z.boolean() })
  .check(z.meta({ id: 'TypingFrame' }));
export type TypingFrame = z.infer<typeof TypingFrame>;

export const PresenceFrame = z
  .object({ type: z.literal('presence'), id: z.optional(z.string()), users: z.array(Presence) })
  .check(z.meta({ id: 'PresenceFrame' }));
export type PresenceFrame = z.infer<typeof PresenceFrame>;

/** Before the server closes: API Gateway sends no close codes of ours. */
export const Goodbye = z
  .object({
    type: z.literal('goodbye'),
    code: z.enum(['expired', 'revoked', 'kicked', 'silent', 'too-many', 'lifetime', 'draining']),
    /** Whether to connect again, `afterMs` from now. */
    reconnect: z.boolean(),
    afterMs: z.int(),
  })
  .check(z.meta({ id: 'Goodbye' }));
export type Goodbye = z.infer<typeof Goodbye>;

export const Watermarks = z
  .object({ user: UserId, delivered: z.int(), read: z.int() })
  .check(z.meta({ id: 'Watermarks' }));
export type Watermarks = z.infer<typeof Watermarks>;

/** What a client lacks of one conversation. */
export const Synced = z
  .object({
    conversation: ConversationId,
    head: z.int(),
    role: Role,
    /** After the head the client named, oldest first, with texts and reactions as they are now. */
    entries: z.array(Entry),
    /** There was too much: `entries` are the newest; whatever else the client holds of the log must go. */
    limited: z.optional(z.literal(true)),
    /** For `GET …/messages`: where the page below begins. */
    cursor: z.optional(z.string()),
    receipts: z.array(Watermarks),
    /** Numbers that the store has lost: nothing will come in their place. */
    missing: z.optional(z.array(z.int())),
    /** Somebody is writing right now: ask again in a second. */
    again: z.optional(z.literal(true)),
  })
  .check(z.meta({ id: 'Synced' }));
export type Synced = z.infer<typeof Synced>;

export const synced = {
  /**
   * Read before all else: changes after it are not in this reply for certain. An empty epoch where the store of marks
   * was away: the next frame that has an inbox leads to another sync. Of several pages, the last one's counts.
   */
  inbox: InboxHead,
  /** Milliseconds since 1970, for `since` of the next compare. Of several pages, the last one's counts. */
  now: z.int(),
  conversations: z.array(Synced),
  /** By inbox: these changed, and are no longer the caller's. */
  gone: z.optional(z.array(ConversationId)),
  /**
   * A compare: what is neither here nor pushed since is as the client has it; what is in the `belongsTo` of none of its
   * pages is gone.
   */
  belongsTo: z.optional(z.array(ConversationId)),
  /** There is more than fits: ask again with this cursor. */
  next: z.optional(z.string()),
};

export const SyncFrame = z
  .object({ type: z.literal('sync'), id: z.optional(z.string()), ...synced })
  .check(z.meta({ id: 'SyncFrame' }));
export type SyncFrame = z.infer<typeof SyncFrame>;

export const HelpFrame = z
  .object({
    type: z.literal('help'),
    id: z.optional(z.string()),
    actions: z.optional(z.array(z.object({ action: z.string(), summary: z.string(), example: z.string() }))),
    action: z.optional(z.string()),
    summary: z.optional(z.string()),
    example: z.optional(z.string()),
    /** JSON Schema 2020-12 of the frame. */
    schema: z.optional(z.record(z.string(), z.unknown())),
  })
  .check(z.meta({ id: 'HelpFrame' }));
export type HelpFrame = z.infer<typeof HelpFrame>;

/** An entry as it is pushed: with the versions of the recipient's inbox around it. */
const pushed = <Shape extends z.core.$ZodShape>(name: string, entry: z.ZodMiniObject<Shape>) =>
  z.object({ ...entry.shape, inbox: Inbox }).check(z.meta({ id: `${name}Push` }));

/** Every frame the server sends, by its `type`. */
export const serverFrames = {
  ack: Ack,
  error: ErrorFrame,
  pong: Pong,
  help: HelpFrame,
  ok: Ok,
  receipt: ReceiptFrame,
  typing: TypingFrame,
  presence: PresenceFrame,
  sync: SyncFrame,
  goodbye: Goodbye,
  'message.new': pushed('MessageNew', entries['message.new']),
  'message.edited': pushed('MessageEdited', entries['message.edited']),
  'message.deleted': pushed('MessageDeleted', entries['message.deleted']),
  'message.reacted': pushed('MessageReacted', entries['message.reacted']),
  'conversation.created': pushed('ConversationCreated', entries['conversation.created']),
  'conversation.updated': pushed('ConversationUpdated', entries['conversation.updated']),
  'member.joined': pushed('MemberJoined', entries['member.joined']),
  'member.left': pushed('MemberLeft', entries['member.left']),
  'member.changed': pushed('MemberChanged', entries['member.changed']),
} as const;

/** What an action answers to the connection that asked. */
export type Reply = Ack | ErrorFrame | Pong | Ok | ReceiptFrame | PresenceFrame | SyncFrame | HelpFrame;
