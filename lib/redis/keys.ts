import type { ConversationId, UserId } from '../../schema/ids.ts';

/**
 * Every key in Redis. The part in braces is the slot: all keys of a script share one, so that a cluster can run it.
 * docs/MODEL.md lists what each holds.
 */
export const conversationKeys = (conversation: ConversationId) => ({
  state: `{${conversation}}:state`,
  turn: `{${conversation}}:turn`,
  writers: `{${conversation}}:writers`,
  members: `{${conversation}}:members`,
  recent: `{${conversation}}:recent`,
  receipts: `{${conversation}}:receipts`,
  record: (sender: UserId, key: string) => `{${conversation}}:key:${sender}:${key}`,
});

export const userKeys = (user: UserId) => ({
  connections: `{${user}}:connections`,
  inbox: `{${user}}:inbox`,
  revoked: `{${user}}:revoked`,
  ended: `{${user}}:ended`,
  presence: `{${user}}:presence`,
  watchers: `{${user}}:watchers`,
  watching: `{${user}}:watching`,
});

export const typingKey = (user: UserId, conversation: ConversationId) => `{${user}}:typing:${conversation}`;

/** Shared by the users whose id falls to this shard: no script takes them together with a user's own keys. */
export const beatKeys = (shard: string) => ({
  due: `{beats:${shard}}:due`,
  held: `{beats:${shard}}:held`,
  brisk: `{beats:${shard}}:brisk`,
});

export const rateKey = (subject: string, rateClass: string) => `{${subject}}:rate:${rateClass}`;
export const factorKey = 'settings:factor';
export const ticketKey = (ticket: string) => `ticket:${ticket}`;

const day = 86_400_000;
export const ttlMs = {
  conversation: 7 * day,
  turn: 5_000,
  record: 600_000,
  /** A rebuild that died leaves only its token behind. */
  rebuild: 30_000,
  receipts: 3_600_000,
  inbox: 30 * day,
  presence: day,
  beats: day,
} as const;

/** A reader believes a head that was looked at in Cassandra this recently. */
export const checkedMs = 60_000;
/** Whoever writes has stored by then, or never will: after 4 s nothing new is tried. */
export const writingMs = 10_000;
/** Until then nothing that was read before he had stored is believed, not even by the last of a rebuild. */
export const signMs = checkedMs + ttlMs.rebuild + writingMs;
