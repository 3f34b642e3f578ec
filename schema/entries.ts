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
  })
  .check(z.meta({ id: 'MessageNew' }));
export type MessageNew = z.infer<typeof MessageNew>;

export const ConversationKind = z.enum(['direct', 'group']).check(z.meta({ id: 'ConversationKind' }));
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

export const Entry = z
  .discriminatedUnion('type', [MessageNew, ConversationCreated])
  .check(z.meta({ id: 'Entry' }));
export type Entry = z.infer<typeof Entry>;
