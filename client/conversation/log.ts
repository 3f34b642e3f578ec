import type { Entry } from '../wire.gen.ts';

/**
 * What is held of a conversation's log. From `floor` up to `head` it is everything, number by number; what came beyond
 * a hole waits for the hole. Nothing is claimed of what lies below the floor.
 */
export const logFrom = (from: number) => {
  let floor = from;
  let head = from - 1;
  let top = head;
  /** `null` where the server has lost it. */
  const entries = new Map<number, Entry | null>();

  const advance = (): Entry[] => {
    const news: Entry[] = [];
    for (let entry = entries.get(head + 1); entry !== undefined; entry = entries.get(head + 1)) {
      head++;
      if (entry) news.push(entry);
    }
    top = Math.max(top, head);
    return news;
  };

  return {
    floor: () => floor,
    /** The highest number up to which nothing is missing. */
    head: () => head,
    /** The highest number that is known of, also beyond a hole. */
    top: () => top,
    at: (seq: number): Entry | undefined => (seq >= floor && seq <= head && entries.get(seq)) || undefined,
    /** Takes entries, in any order and any number of times. Gives those that are next in line, in order. */
    add: (some: Iterable<Entry>): Entry[] => {
      for (const entry of some) {
        top = Math.max(top, entry.seq);
        if (entry.seq >= floor && !entries.get(entry.seq)) entries.set(entry.seq, entry);
      }
      return advance();
    },
    /** It is there, though not here. */
    expect: (seq: number) => {
      top = Math.max(top, seq);
    },
    /** What is held beyond a number. */
    beyond: (seq: number): Entry[] =>
      [...entries.values()].filter((entry) => !!entry && entry.seq > seq) as Entry[],
    /** Nothing will come any more in place of what is not held up to a number; gives which those are. */
    lose: (to: number) => {
      const lost: number[] = [];
      for (let seq = head + 1; seq <= to; seq++) {
        if (entries.has(seq)) continue;
        entries.set(seq, null);
        lost.push(seq);
      }
      return { lost, news: advance() };
    },
    /** Gives up what is held below a number. */
    raise: (to: number) => {
      for (const seq of entries.keys()) if (seq < to) entries.delete(seq);
      floor = to;
    },
  };
};
export type Log = ReturnType<typeof logFrom>;
