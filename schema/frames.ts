import * as z from 'zod/mini';
import { ConversationCreated, MessageNew } from './entries.ts';
import { ErrorCode } from './errors.ts';
import { ConversationId, Key, Seq, UserId } from './ids.ts';
import { limits } from './limits.ts';
import { lineUpTo, textUpTo } from './text.ts';

/** Client to server. `id` is optional everywhere and echoed, so that an answer finds its question. */

const id = z.optional(z.string().check(z.minLength(1), z.maxLength(limits.frameIdCharacters)));

/** What every action that takes a place in a log carries, on the socket and over HTTP. */
const retry = {
  /** The same for every attempt; without one the server makes one, and the frame cannot be retried. */
  key: z.optional(Key),
  /** The head the author knew when the frame was first made; the same for every attempt. */
  after: z.optional(z.int().check(z.minimum(0))),
};

export const message = {
  text: textUpTo(limits.textBytes),
  type: z._default(lineUpTo(limits.messageTypeCharacters), 'text'),
  replyTo: z.optional(Seq),
  ...retry,
};

export const SendMessage = z
  .strictObject({
    action: z.literal('sendMessage'),
    id,
    conversation: z.optional(ConversationId),
    /** A user: opens the direct conversation. */
    to: z.optional(UserId),
    ...message,
  })
  .check(
    z.refine((frame) => (frame.conversation === undefined) !== (frame.to === undefined), {
      error: 'needs either `conversation` or `to`',
      path: ['conversation'],
    }),
    z.meta({ id: 'SendMessage' }),
  );
export type SendMessage = z.infer<typeof SendMessage>;

export const Ping = z
  .strictObject({
    action: z.literal('ping'),
    id,
    /** Announces a heartbeat, in seconds. */
    every: z.optional(z.int().check(z.minimum(1), z.maximum(600))),
  })
  .check(z.meta({ id: 'Ping' }));
export type Ping = z.infer<typeof Ping>;

export const Help = z
  .strictObject({
    action: z.literal('help'),
    id,
    /** The action to explain: what it takes as JSON Schema. Without it, all actions in a line each. */
    topic: z.optional(z.string().check(z.maxLength(64))),
  })
  .check(z.meta({ id: 'Help' }));
export type Help = z.infer<typeof Help>;

/** Every action by name: its frame, what it is for, and a line to paste into wscat. */
export const actions = {
  sendMessage: {
    frame: SendMessage,
    summary: 'Store a message and push it to every connection of every member. Answered by `ack`.',
    example: '{"action":"sendMessage","to":"u:BobAAAAAAAAAAAAAAAAAAA","text":"hello"}',
  },
  ping: {
    frame: Ping,
    summary: 'Say that this connection lives; `every` announces a heartbeat. Answered by `pong`.',
    example: '{"action":"ping"}',
  },
  help: {
    frame: Help,
    summary: 'List the actions, or explain the one named by `topic`. Answered by `help`.',
    example: '{"action":"help","topic":"sendMessage"}',
  },
} as const;
export type Action = keyof typeof actions;

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

export const Pong = z
  .object({ type: z.literal('pong'), id: z.optional(z.string()), inbox: InboxHead })
  .check(z.meta({ id: 'Pong' }));
export type Pong = z.infer<typeof Pong>;

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

const MessageNewPush = z
  .object({ ...MessageNew.shape, inbox: Inbox })
  .check(z.meta({ id: 'MessageNewPush' }));
const ConversationCreatedPush = z
  .object({ ...ConversationCreated.shape, inbox: Inbox })
  .check(z.meta({ id: 'ConversationCreatedPush' }));

/** Every frame the server sends, by its `type`. */
export const serverFrames = {
  ack: Ack,
  error: ErrorFrame,
  pong: Pong,
  help: HelpFrame,
  'message.new': MessageNewPush,
  'conversation.created': ConversationCreatedPush,
} as const;

/** What an action answers to the connection that asked. */
export type Reply = Ack | ErrorFrame | Pong | HelpFrame;
