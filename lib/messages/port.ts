import type { Entry } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
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
};

export type Range = { low: number; high: number; limit: number; order: 'up' | 'down'; reading?: Reading };
