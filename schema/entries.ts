import * as z from 'zod/mini';
import { ConversationId, Seq, UserId } from './ids.ts';

/**
 * Entries: the rows of a conversation's log as everyone sees them, in pushes and in history alike. `type` is the
 * event; a message's own type (`text` unless its sender said otherwise) is `messageType`.
 */

const common = {
  conversation: ConversationId,
  seq: Seq,
  /** Milliseconds since 1970, UTC; never falls along the log. */
  ts: z.int().check(z.meta({ examples: [1_795_222_800_000] })),
  from: UserId,
  key: z.string(),
};

export const MessageNew = z
  .object({
    type: z.literal('message.new'),
    ...common,
    messageType: z.string(),
    text: z.string(),
    replyTo: z.optional(Seq),
    /** How often it was changed; the highest version is how it is now. */
    version: z.optional(z.int()),
    /** Deleted: number and place stay, the text is nowhere. */
    deleted: z.optional(z.literal(true)),
    /** Who reacted, by emoji; in pages and in `sync`, not in pushes. */
    reactions: z.optional(z.record(z.string(), z.array(UserId))),
  })
  .check(z.meta({ id: 'MessageNew' }));
export type MessageNew = z.infer<typeof MessageNew>;

export const ConversationKind = z.enum(['direct', 'group', 'room']).check(z.meta({ id: 'ConversationKind' }));
export type ConversationKind = z.infer<typeof ConversationKind>;

/** Always entry 1. `from` is the creator. */
export const ConversationCreated = z
  .object({
    type: z.literal('conversation.created'),
    ...common,
    kind: ConversationKind,
    title: z.optional(z.string()),
    members: z.array(UserId),
  })
  .check(z.meta({ id: 'ConversationCreated' }));
export type ConversationCreated = z.infer<typeof ConversationCreated>;

/** A change of a message. It names what it changed, and the version that made; clients keep the highest. */
const change = { ...common, target: Seq, version: z.int() };

/** `text` and `version` are the message's as it is now: without `text` it was deleted since. */
const MessageEdited = z
  .object({ type: z.literal('message.edited'), ...change, text: z.optional(z.string()) })
  .check(z.meta({ id: 'MessageEdited' }));

const MessageDeleted = z
  .object({ type: z.literal('message.deleted'), ...change })
  .check(z.meta({ id: 'MessageDeleted' }));

/** `from` put the emoji there, or took it away. `version` counts the changes of this one reaction. */
const MessageReacted = z
  .object({
    type: z.literal('message.reacted'),
    ...change,
    emoji: z.string(),
    removed: z.optional(z.literal(true)),
  })
  .check(z.meta({ id: 'MessageReacted' }));

export const Role = z.enum(['owner', 'admin', 'member']).check(z.meta({ id: 'Role' }));
export type Role = z.infer<typeof Role>;

/** `version` counts the changes of this membership. */
const membership = { ...common, user: UserId, version: z.int() };

const MemberJoined = z
  .object({ type: z.literal('member.joined'), ...membership, role: Role })
  .check(z.meta({ id: 'MemberJoined' }));

/** Left, where `from` is the user; removed otherwise. */
const MemberLeft = z
  .object({ type: z.literal('member.left'), ...membership })
  .check(z.meta({ id: 'MemberLeft' }));

const MemberChanged = z
  .object({ type: z.literal('member.changed'), ...membership, role: Role })
  .check(z.meta({ id: 'MemberChanged' }));

const ConversationUpdated = z
  .object({ type: z.literal('conversation.updated'), ...common, title: z.string(), version: z.int() })
  .check(z.meta({ id: 'ConversationUpdated' }));

/** By `type`. */
export const entries = {
  'message.new': MessageNew,
  'message.edited': MessageEdited,
  'message.deleted': MessageDeleted,
  'message.reacted': MessageReacted,
  'conversation.created': ConversationCreated,
  'conversation.updated': ConversationUpdated,
  'member.joined': MemberJoined,
  'member.left': MemberLeft,
  'member.changed': MemberChanged,
} as const;

export const Entry = z
  .discriminatedUnion('type', [
    MessageNew,
    MessageEdited,
    MessageDeleted,
    MessageReacted,
    ConversationCreated,
    ConversationUpdated,
    MemberJoined,
    MemberLeft,
    MemberChanged,
  ])
  .check(z.meta({ id: 'Entry' }));
export type Entry = z.infer<typeof Entry>;
