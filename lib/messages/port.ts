import type { Entry, MessageNew } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Reading } from '../cassandra/reading.ts';
import type { Head } from '../conversations/port.ts';

/**
 * The log. An adapter MUST write an entry only where its number is free, MUST never change what a number holds
 * except by a later patch of that row, and MUST answer a repeated `append` of the same entry as if it were the
 * first. Once `append` said `stored`, or gave back an entry, every decisive read MUST show that entry. A range is no
 * snapshot: while others write it MAY miss numbers below ones that it has. Failures are `unavailable` AppErrors.
 */
export type Messages = {
  /** `stored`, or the entry that has the number (perhaps this one), or `unknown`: stored now, later or never. */
  append(entry: Entry): Promise<'stored' | 'unknown' | Entry>;
  at(conversation: ConversationId, seq: number): Promise<Entry | undefined>;
  /** Entries from `low` to `high`, both included, in the order asked for; at most `limit`. */
  range(conversation: ConversationId, range: Range): Promise<Entry[]>;
  /** The last row, searched upwards from a seq that was once stored (0 for none). `{seq: 0, ts: 0}` for an empty log. */
  head(conversation: ConversationId, hint: number): Promise<Head>;
  /** First seq of a month (`2025-04`) as kept by `keepMonth`. */
  month(conversation: ConversationId, month: string): Promise<number | undefined>;
  keepMonth(conversation: ConversationId, month: string, firstSeq: number): Promise<void>;
  /**
   * Changes a message, where it still has the version that was read and is not deleted. A repeated patch is answered
   * `patched` like the first. Otherwise what stands there, or `unknown`: patched now, later or never.
   */
  patch(patch: Patch): Promise<'patched' | 'unknown' | Standing>;
  /** A message, and by whom it was changed last. */
  standing(conversation: ConversationId, seq: number): Promise<Standing | undefined>;
  /** Puts or takes away one reaction under the same terms; version 0 is one that never was. */
  patchReaction(patch: ReactionPatch): Promise<'patched' | 'unknown' | StandingReaction>;
  reaction(place: ReactionPlace): Promise<StandingReaction | undefined>;
  /** Who reacted to the messages from `low` to `high`, by seq and emoji. */
  reactions(conversation: ConversationId, low: number, high: number): Promise<Map<number, Reactions>>;
};

/** Who changed a row last: the identity of the entry that tells of it, and the head above which that entry lies. */
export type Change = {
  from: UserId;
  key: string;
  head: number;
  /** The type of that entry, where the row does not tell. */
  made?: Entry['type'];
};

export const isBy = (change: Change | undefined, { from, key }: Pick<Change, 'from' | 'key'>): boolean =>
  change?.from === from && change.key === key;

export type Patch = {
  conversation: ConversationId;
  seq: number;
  /** The version that was read; this patch makes the next. */
  version: number;
  change: Change;
  /** What it shall be; `undefined` leaves it and raises the version only. */
  to: { text: string; replyTo?: number } | { deleted: true } | undefined;
};
export type Standing = { message: MessageNew; version: number; change?: Change };

export type ReactionPlace = { conversation: ConversationId; seq: number; user: UserId; emoji: string };
type ReactionPatch = ReactionPlace & { version: number; change: Change; present: boolean };
export type StandingReaction = { present: boolean; version: number; change?: Change };
/** Users by emoji. */
export type Reactions = Record<string, UserId[]>;

type Reacted = { seq: number; user: UserId; emoji: string };

/** By seq and emoji. Any text may be an emoji, the names of an object's own parts too: hence the maps. */
export const gatherReactions = (found: Iterable<Reacted>): Map<number, Reactions> => {
  const bySeq = new Map<number, Map<string, UserId[]>>();
  for (const { seq, user, emoji } of found) {
    const byEmoji = bySeq.get(seq) ?? new Map<string, UserId[]>();
    byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), user]);
    bySeq.set(seq, byEmoji);
  }
  return new Map([...bySeq].map(([seq, byEmoji]) => [seq, Object.fromEntries(byEmoji)]));
};

export type Range = { low: number; high: number; limit: number; order: 'up' | 'down'; reading?: Reading };
