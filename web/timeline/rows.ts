import type { Item, Message, Notice } from '@parley/client/chat';
import { dayOf } from '../shell/times.ts';

/** One line of the timeline. */
export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'unread'; key: string }
  | { kind: 'notice'; key: string; notice: Notice }
  | {
      kind: 'message';
      key: string;
      message: Message;
      /** Begins and ends what somebody said without a pause. */
      isFirst: boolean;
      isLast: boolean;
    };

/** The rows of a list of items, and how many there are up to each item: so that the next list needs not begin anew. */
export type Rows = {
  rows: readonly Row[];
  items: readonly Item[];
  ends: readonly number[];
  line: number | undefined;
};

export const noRows: Rows = { rows: [], items: [], ends: [], line: undefined };

const pauseMs = 5 * 60_000;

const keyOf = ({ from, key }: Item): string => `${from} ${key}`;

const isOneBreath = (one: Item | undefined, next: Item | undefined) =>
  one?.kind === 'message' &&
  next?.kind === 'message' &&
  one.from === next.from &&
  next.ts - one.ts < pauseMs &&
  dayOf(one.ts) === dayOf(next.ts);

/** The rows for `items`, with those of `before` for all that begins alike. */
export const rowsOf = (items: readonly Item[], line: number | undefined, before: Rows): Rows => {
  let same = 0;
  if (before.line === line) {
    while (same < items.length && items[same] === before.items[same]) same++;
  }
  // What follows decides how the last of the same ones ends.
  const from = Math.max(0, same - 1);
  const ends = before.ends.slice(0, from);
  const rows = before.rows.slice(0, ends.at(-1) ?? 0);
  for (let i = from; i < items.length; i++) {
    const item = items[i] as Item;
    const [last, next] = [items[i - 1], items[i + 1]];
    if (!last || dayOf(last.ts) !== dayOf(item.ts)) {
      rows.push({ kind: 'day', key: `day ${dayOf(item.ts)}`, at: item.ts });
    }
    const isLine = line !== undefined && item.seq === line;
    if (isLine) rows.push({ kind: 'unread', key: 'unread' });
    if (item.kind === 'notice') rows.push({ kind: 'notice', key: keyOf(item), notice: item });
    else {
      rows.push({
        kind: 'message',
        key: keyOf(item),
        message: item,
        isFirst: isLine || !isOneBreath(last, item),
        isLast: !isOneBreath(item, next),
      });
    }
    ends.push(rows.length);
  }
  return { rows, items, ends, line };
};
