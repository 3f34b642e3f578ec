import * as z from 'zod/mini';
import { ConversationKind, Entry, MessageNew } from './entries.ts';
import { ErrorCode } from './errors.ts';
import { message } from './frames.ts';
import { ConversationId, DeviceId, Key, Seq, UserId } from './ids.ts';
import { limits } from './limits.ts';
import { lineUpTo, utf8Bytes } from './text.ts';

/** HTTP bodies and parameters of `/v1`. */

const Name = lineUpTo(limits.nameCharacters).check(
  z.regex(/^\S(.*\S)?$/u, 'begins or ends with a space'),
  z.meta({ id: 'Name', examples: ['ann'] }),
);

export const Credentials = z
  .strictObject({
    name: Name,
    password: z.string().check(
      z.minLength(limits.passwordMinCharacters, `is under ${limits.passwordMinCharacters} characters`),
      z.maxLength(limits.passwordMaxBytes, `is over ${limits.passwordMaxBytes} bytes`),
      z.refine((password) => utf8Bytes(password) <= limits.passwordMaxBytes, {
        error: `is over ${limits.passwordMaxBytes} bytes`,
        params: { code: 'too-large' },
      }),
    ),
  })
  .check(z.meta({ id: 'Credentials' }));
export type Credentials = z.infer<typeof Credentials>;

const User = z.object({ id: UserId, name: z.string() }).check(z.meta({ id: 'User' }));

/** `expiresAt` in milliseconds since 1970. */
export const Session = z
  .object({ user: User, token: z.string(), expiresAt: z.int() })
  .check(z.meta({ id: 'Session' }));
export type Session = z.infer<typeof Session>;

/** Good for one `?ticket=` within 30 s. */
export const Ticket = z.object({ ticket: z.string(), expiresAt: z.int() }).check(z.meta({ id: 'Ticket' }));
export type Ticket = z.infer<typeof Ticket>;

export const Me = z
  .object({ user: User, device: DeviceId, role: z.string(), expiresAt: z.int() })
  .check(z.meta({ id: 'Me' }));
export type Me = z.infer<typeof Me>;

/** Either `ids` (comma-separated) or `name`. */
export const UsersQuery = z.strictObject({ ids: z.optional(z.string()), name: z.optional(Name) }).check(
  z.refine((query) => (query.ids === undefined) !== (query.name === undefined), {
    error: 'needs either `ids` or `name`',
    path: ['ids'],
  }),
);
export const UserIds = z
  .array(UserId)
  .check(z.minLength(1), z.maxLength(limits.usersPerRequest, `names over ${limits.usersPerRequest} users`));

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
  ])
  .check(z.meta({ id: 'CreateConversation' }));
export type CreateConversation = z.infer<typeof CreateConversation>;

export const Conversation = z
  .object({
    id: ConversationId,
    kind: ConversationKind,
    title: z.optional(z.string()),
    /** Direct only: the other one. */
    peer: z.optional(UserId),
    role: z.string(),
    head: z.int(),
    /** Milliseconds since 1970 of the newest known change. */
    activeAt: z.int(),
    lastMessage: z.optional(MessageNew),
  })
  .check(z.meta({ id: 'Conversation' }));
export type Conversation = z.infer<typeof Conversation>;

export const PostMessage = z.strictObject(message).check(z.meta({ id: 'PostMessage' }));
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

export const UserList = z.object({ items: z.array(User) }).check(z.meta({ id: 'UserList' }));
export type UserList = z.infer<typeof UserList>;

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
