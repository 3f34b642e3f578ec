import type { ConversationId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import type { Head } from '../conversations/port.ts';

type Uses = Pick<App, 'messages'>;

const startOf = (year: number, month: number) => Date.UTC(year, month - 1);

/** First seq stamped at or after `ms`, or the one after the head. Stamps never fall along the log. */
const firstAtOrAfter = async ({ messages }: Uses, conversation: ConversationId, ms: number, head: Head) => {
  let [low, high] = [1, head.seq + 1];
  if (head.ts < ms) return high;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = await messages.at(conversation, middle);
    if (entry && entry.ts < ms) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** First seq of a UTC month. Kept once an entry of a later month exists, for then it cannot change. */
const firstOf = async (app: Uses, conversation: ConversationId, year: number, month: number, head: Head) => {
  const start = new Date(startOf(year, month));
  const name = start.toISOString().slice(0, 7);
  const kept = await app.messages.month(conversation, name);
  if (kept !== undefined) return kept;
  const first = await firstAtOrAfter(app, conversation, start.getTime(), head);
  const isPast = head.ts >= startOf(start.getUTCFullYear(), start.getUTCMonth() + 2);
  if (isPast) await app.messages.keepMonth(conversation, name, first);
  return first;
};

/** The seqs of a UTC month (`2025-04`), both included; `low` above `high` where it has none. */
export const rangeOfMonth = async (
  app: Uses,
  conversation: ConversationId,
  month: string,
  head: Head,
): Promise<{ low: number; high: number }> => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const low = await firstOf(app, conversation, year, number, head);
  const next = await firstOf(app, conversation, year, number + 1, head);
  return { low, high: next - 1 };
};
