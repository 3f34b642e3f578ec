import * as z from 'zod/mini';
import { ConversationId, Key, Seq, Trace, UserId } from './ids.ts';
import { limits } from './limits.ts';
import { lineUpTo, textUpTo } from './text.ts';

/** Client to server. `id` is optional everywhere and echoed, so that an answer finds its question. */

/** What every frame may carry. */
export const envelope = {
  id: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.frameIdCharacters))),
  /** W3C `traceparent`: its trace id stands in every log line that the frame leads to, up to the last post. */
  trace: z.optional(Trace),
};

/** What every action that takes a place in a log carries, on the socket and over HTTP. */
export const retry = {
  /** The same for every attempt; without one the server makes one, and the frame cannot be retried. */
  key: z.optional(Key),
  /** The head the author knew when the frame was first made; the same for every attempt. */
  after: z.optional(z.int().check(z.minimum(0))),
};

/** `after` tells where an earlier attempt may lie: without a key there is none to look for. */
export const keyed = z.refine<{ key?: unknown; after?: unknown }>(
  ({ key, after }) => after === undefined || key !== undefined,
  { error: 'needs a `key` beside it', path: ['after'] },
);

export const message = {
  text: textUpTo(limits.textBytes),
  type: z._default(lineUpTo(limits.messageTypeCharacters), 'text'),
  replyTo: z.optional(Seq),
  ...retry,
};

export const SendMessage = z
  .strictObject({
    action: z.literal('sendMessage'),
    ...envelope,
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
    keyed,
    z.meta({ id: 'SendMessage' }),
  );
export type SendMessage = z.infer<typeof SendMessage>;

/** A change of a message: its conversation and its number. */
const target = { ...envelope, conversation: ConversationId, seq: Seq, ...retry };

export const EditMessage = z
  .strictObject({ action: z.literal('editMessage'), ...target, text: textUpTo(limits.textBytes) })
  .check(keyed, z.meta({ id: 'EditMessage' }));
export type EditMessage = z.infer<typeof EditMessage>;

export const DeleteMessage = z
  .strictObject({ action: z.literal('deleteMessage'), ...target })
  .check(keyed, z.meta({ id: 'DeleteMessage' }));
export type DeleteMessage = z.infer<typeof DeleteMessage>;

export const React = z
  .strictObject({
    action: z.literal('react'),
    ...target,
    emoji: lineUpTo(limits.emojiCharacters),
    /** Takes it away. */
    remove: z.optional(z.boolean()),
  })
  .check(keyed, z.meta({ id: 'React' }));
export type React = z.infer<typeof React>;

export const Join = z
  .strictObject({ action: z.literal('join'), ...envelope, conversation: ConversationId, ...retry })
  .check(keyed, z.meta({ id: 'Join' }));
export type Join = z.infer<typeof Join>;

export const Leave = z
  .strictObject({ action: z.literal('leave'), ...envelope, conversation: ConversationId, ...retry })
  .check(keyed, z.meta({ id: 'Leave' }));
export type Leave = z.infer<typeof Leave>;

/** Everything up to `seq`. */
const watermark = { ...envelope, conversation: ConversationId, seq: Seq };

export const MarkDelivered = z
  .strictObject({ action: z.literal('markDelivered'), ...watermark })
  .check(z.meta({ id: 'MarkDelivered' }));
export type MarkDelivered = z.infer<typeof MarkDelivered>;

export const MarkRead = z
  .strictObject({ action: z.literal('markRead'), ...watermark })
  .check(z.meta({ id: 'MarkRead' }));
export type MarkRead = z.infer<typeof MarkRead>;

export const Typing = z
  .strictObject({
    action: z.literal('typing'),
    ...envelope,
    conversation: ConversationId,
    active: z.boolean(),
  })
  .check(z.meta({ id: 'Typing' }));
export type Typing = z.infer<typeof Typing>;

export const WatchPresence = z
  .strictObject({
    action: z.literal('watchPresence'),
    ...envelope,
    /** Replaces the last list. */
    users: z
      .array(UserId)
      .check(z.maxLength(limits.watchedUsers, `a connection watches at most ${limits.watchedUsers} users`)),
  })
  .check(z.meta({ id: 'WatchPresence' }));
export type WatchPresence = z.infer<typeof WatchPresence>;

const version = z.int().check(z.minimum(0));

/** What both `sync` and `POST /v1/sync` take. */
export const position = {
  /** After a jump: everything that changed since this version. */
  inbox: z.optional(z.strictObject({ epoch: z.string().check(z.maxLength(64)), version })),
  /** On connect: `now` of the last complete compare, in milliseconds since 1970; 0 for everything. */
  since: z.optional(version),
  /** The head the client has of each conversation it holds. */
  heads: z.optional(
    z
      .record(ConversationId, z.int().check(z.minimum(0)))
      .check(
        z.refine((heads) => Object.keys(heads).length <= 2_000, { error: 'names over 2000 conversations' }),
      ),
  ),
  cursor: z.optional(z.string().check(z.maxLength(512))),
};

export const Sync = z
  .strictObject({ action: z.literal('sync'), ...envelope, ...position })
  .check(z.meta({ id: 'Sync' }));
export type Sync = z.infer<typeof Sync>;

export const RefreshToken = z
  .strictObject({
    action: z.literal('refreshToken'),
    ...envelope,
    token: z.string().check(z.minLength(1), z.maxLength(8_192)),
  })
  .check(z.meta({ id: 'RefreshToken' }));
export type RefreshToken = z.infer<typeof RefreshToken>;

export const Ping = z
  .strictObject({
    action: z.literal('ping'),
    ...envelope,
    /** Announces a heartbeat, in seconds. */
    every: z.optional(z.int().check(z.minimum(1), z.maximum(600))),
  })
  .check(z.meta({ id: 'Ping' }));
export type Ping = z.infer<typeof Ping>;

export const Help = z
  .strictObject({
    action: z.literal('help'),
    ...envelope,
    /** The action to explain: what it takes as JSON Schema. Without it, all actions in a line each. */
    topic: z.optional(z.string().check(z.maxLength(64))),
  })
  .check(z.meta({ id: 'Help' }));
export type Help = z.infer<typeof Help>;
