import * as z from 'zod/mini';

/**
 * Ids that cross a boundary. All are URL-safe, hold no brace (Redis hash tags) and no space (packed members).
 * 22 characters of base64url are 128 bits.
 */

/** `u:` and 22 characters: random for registered users, a hash of issuer and subject for external ones. */
export const UserId = z
  .string()
  .check(z.regex(/^u:[A-Za-z0-9_-]{22}$/), z.meta({ id: 'UserId', examples: ['u:AnnAAAAAAAAAAAAAAAAAAA'] }))
  .brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

/** `d:` (direct, a hash of the two users) or `g:` (group, a hash of creator and key), and 22 characters. */
export const ConversationId = z
  .string()
  .check(
    z.regex(/^[dg]:[A-Za-z0-9_-]{22}$/),
    z.meta({ id: 'ConversationId', examples: ['d:AnnAndBobAAAAAAAAAAAAA'] }),
  )
  .brand<'ConversationId'>();
export type ConversationId = z.infer<typeof ConversationId>;

/** What a retry has in common with its first attempt; one namespace for all actions of a sender. */
export const Key = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{16,64}$/), z.meta({ id: 'Key', examples: ['01976d2f-5b1e-7c3a'] }))
  .brand<'Key'>();
export type Key = z.infer<typeof Key>;

/** A device is what a token belongs to (claim `sid`): it can be revoked on its own. */
export const DeviceId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.:-]{1,64}$/))
  .brand<'DeviceId'>();
export type DeviceId = z.infer<typeof DeviceId>;

/** Given out by API Gateway (`L0SM9cOFvHcCIhw=`) or its local stand-in (a UUID). */
export const ConnectionId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_=-]{1,128}$/))
  .brand<'ConnectionId'>();
export type ConnectionId = z.infer<typeof ConnectionId>;

/** The last seq there can be: its bucket (4 096 entries) is the highest that Cassandra's int holds. */
const lastSeq = 2 ** 43 - 1;

/** Place of an entry in its conversation's log: 1, 2, 3, without gaps. */
export const Seq = z.int().check(z.minimum(1), z.maximum(lastSeq), z.meta({ id: 'Seq', examples: [42] }));
export type Seq = number;

/** W3C Trace Context: version, trace id, parent id, flags. Neither id is all zeros. */
export const traceparent = /^[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export const Trace = z
  .string()
  .check(
    z.regex(traceparent),
    z.meta({ id: 'Trace', examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'] }),
  );
