import * as z from 'zod/mini';
import { ConversationKind, Entry, MessageNew, Role } from '../entries.ts';
import { ErrorCode } from '../errors.ts';
import { keyed, message, position, retry } from '../frames.ts';
import { ConversationId, DeviceId, Key, Seq, UserId } from '../ids.ts';
import { limits } from '../limits.ts';
import { synced, Watermarks } from '../pushes.ts';
import { lineUpTo } from '../text.ts';

/** HTTP bodies and parameters of `/v1` that are about conversations. */

export const CreateConversation = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('direct'), with: UserId }),
    z.strictObject({
      kind: z.literal('group'),
      title: lineUpTo(limits.titleCharacters),
      /** The others; the creator is a member anyway. */
      members: z
        .array(UserId)
        .check(z.maxLength(limits.members - 1, `a conversation has at most ${limits.members} members`)),
      /** The same again completes or finds the same group. */
      key: z.optional(Key),
    }),
    z.strictObject({
      kind: z.literal('room'),
      title: lineUpTo(limits.titleCharacters),
      key: z.optional(Key),
    }),
  ])
  .check(z.meta({ id: 'CreateConversation' }));
export type CreateConversation = z.infer<typeof CreateConversation>;

export const Unread = z.object({ count: z.int(), more: z.boolean() }).check(z.meta({ id: 'Unread' }));
export type Unread = z.infer<typeof Unread>;

export const Conversation = z
  .object({
    id: ConversationId,
    kind: ConversationKind,
    title: z.optional(z.string()),
    /** Direct only: the other one. */
    peer: z.optional(UserId),
    role: Role,
    head: z.int(),
    /** Messages by others, not deleted, above the own read watermark, among the newest entries; `more` where there may be others below. */
    unread: Unread,
    /** Milliseconds since 1970 of the newest known change. */
    activeAt: z.int(),
    lastMessage: z.optional(MessageNew),
  })
  .check(z.meta({ id: 'Conversation' }));
export type Conversation = z.infer<typeof Conversation>;

export const PostMessage = z.strictObject(message).check(keyed, z.meta({ id: 'PostMessage' }));
export type PostMessage = z.infer<typeof PostMessage>;

export const Stored = z
  .object({ key: z.string(), conversation: ConversationId, seq: Seq, ts: z.int() })
  .check(z.meta({ id: 'Stored' }));
export type Stored = z.infer<typeof Stored>;

const wholeNumber = (minimum: number, maximum: number) =>
  z.pipe(
    z.pipe(
      z.string().check(z.regex(/^\d{1,15}$/, 'is no whole number')),
      z.transform((digits: string) => Number(digits)),
    ),
    z.int().check(z.minimum(minimum), z.maximum(maximum)),
  );
const Limit = z._default(wholeNumber(1, limits.pageItems), limits.pageDefaultItems);
const Cursor = z.optional(z.string().check(z.maxLength(512)));

export const PageQuery = z.strictObject({ limit: Limit, cursor: Cursor });
export type PageQuery = z.infer<typeof PageQuery>;

/** `before` and `after` are exclusive; `month` is UTC. A cursor carries all of them. */
export const MessagesQuery = z
  .strictObject({
    limit: Limit,
    before: z.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    after: z.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    month: z.optional(z.string().check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is no month like 2025-04'))),
    cursor: Cursor,
  })
  .check(
    z.refine(
      (query) =>
        query.cursor === undefined ||
        (query.before === undefined && query.after === undefined && query.month === undefined),
      { error: 'carries `before`, `after` and `month` already', path: ['cursor'] },
    ),
  );
export type MessagesQuery = z.infer<typeof MessagesQuery>;

const next = z.optional(z.string());
export const ConversationPage = z
  .object({ items: z.array(Conversation), next })
  .check(z.meta({ id: 'ConversationPage' }));
export type ConversationPage = z.infer<typeof ConversationPage>;

export const EntryPage = z
  .object({
    /** Newest to oldest. */
    items: z.array(Entry),
    next,
    /** Numbers that the store has lost: told, never hidden. */
    missing: z.optional(z.array(Seq)),
  })
  .check(z.meta({ id: 'EntryPage' }));
export type EntryPage = z.infer<typeof EntryPage>;

export const UpdateConversation = z
  .strictObject({ title: lineUpTo(limits.titleCharacters), ...retry })
  .check(keyed, z.meta({ id: 'UpdateConversation' }));
export type UpdateConversation = z.infer<typeof UpdateConversation>;

export const AddMember = z
  .strictObject({ user: UserId, role: z._default(Role, 'member'), ...retry })
  .check(keyed, z.meta({ id: 'AddMember' }));
export type AddMember = z.infer<typeof AddMember>;

export const ChangeMember = z
  .strictObject({ role: Role, ...retry })
  .check(keyed, z.meta({ id: 'ChangeMember' }));
export type ChangeMember = z.infer<typeof ChangeMember>;

/** A request without a body: `?key=` and `&after=`. */
export const RetryQuery = z
  .strictObject({
    key: z.optional(Key),
    after: z.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  })
  .check(keyed);
export type RetryQuery = z.infer<typeof RetryQuery>;

export const MemberPage = z
  .object({ items: z.array(z.object({ user: UserId, name: z.string(), role: Role })), next })
  .check(z.meta({ id: 'MemberPage' }));
export type MemberPage = z.infer<typeof MemberPage>;

export const ReceiptsQuery = z.strictObject({ seq: z.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)) });
export type ReceiptsQuery = z.infer<typeof ReceiptsQuery>;

/** When a watermark passed the message that was asked for, and on which device. */
export const Passed = z.object({ at: z.int(), device: DeviceId }).check(z.meta({ id: 'Passed' }));
export type Passed = z.infer<typeof Passed>;

/** Everybody's watermarks; with `?seq=` also when and where that message was received and read. */
export const Receipts = z
  .object({
    items: z.array(
      z.object({
        ...Watermarks.shape,
        receivedOn: z.optional(z.array(Passed)),
        readOn: z.optional(z.array(Passed)),
      }),
    ),
  })
  .check(z.meta({ id: 'Receipts' }));
export type Receipts = z.infer<typeof Receipts>;

export const SyncRequest = z.strictObject(position).check(z.meta({ id: 'SyncRequest' }));
export type SyncRequest = z.infer<typeof SyncRequest>;
export const SyncReply = z.object(synced).check(z.meta({ id: 'SyncReply' }));
export type SyncReply = z.infer<typeof SyncReply>;

export const UnreadTotal = z
  .object({ count: z.int(), more: z.boolean(), conversations: z.int() })
  .check(z.meta({ id: 'UnreadTotal' }));
export type UnreadTotal = z.infer<typeof UnreadTotal>;

/** What was asked for is done. */
export const Done = z.object({}).check(z.meta({ id: 'Done' }));
export type Done = z.infer<typeof Done>;

/** RFC 9457 `application/problem+json`, with the codes of the frames. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: ErrorCode,
    retryable: z.boolean(),
    retryAfterMs: z.optional(z.int()),
    pointer: z.optional(z.string()),
  })
  .check(z.meta({ id: 'Problem' }));
export type Problem = z.infer<typeof Problem>;
