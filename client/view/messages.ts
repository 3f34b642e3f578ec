import type { Log } from '../conversation/log.ts';
import type { Entry, MessageNew } from '../wire.gen.ts';
import { type Change, type Folded, fold } from './fold.ts';

const isMessage = (entry: Entry | undefined): entry is MessageNew => entry?.type === 'message.new';
const isChange = (entry: Entry): entry is Entry & Change & { target: number } => 'target' in entry;
/** What a person reads: no changes of messages, which are folded in. */
export const isShown = (entry: Entry | undefined): entry is Entry => !!entry && !isChange(entry);

/**
 * The messages of a conversation as they are now. Those below the floor of the log come in pages, as they were when
 * they were read: every change since then lies above the floor.
 */
export const messagesOf = (log: () => Log | undefined) => {
  const pages = new Map<number, Entry>();
  const changes = new Map<number, (Entry & Change)[]>();
  const base = (seq: number) => log()?.at(seq) ?? pages.get(seq);
  const isDeleted = ({ seq, deleted }: MessageNew) =>
    deleted || changes.get(seq)?.some(({ type }) => type === 'message.deleted');
  const take = (entry: Entry | undefined) => {
    if (entry && isChange(entry)) changes.set(entry.target, [...(changes.get(entry.target) ?? []), entry]);
  };

  return {
    base,
    take,
    /** From below the floor. */
    page: (items: Iterable<Entry>) => {
      for (const item of items) pages.set(item.seq, item);
    },
    reset: () => {
      pages.clear();
      changes.clear();
      const held = log();
      for (let seq = held?.floor() ?? 1; seq <= (held?.head() ?? 0); seq++) take(held?.at(seq));
    },
    at: (seq: number, unsent: readonly Change[]): (Folded & { base: MessageNew }) | undefined => {
      const found = base(seq);
      return isMessage(found)
        ? { base: found, ...fold(found, [...(changes.get(seq) ?? []), ...unsent]) }
        : undefined;
    },
    /** Messages above a number that fit and are not deleted; only what is held of the floor and above. */
    count: (above: number, fits: (message: MessageNew) => boolean): number => {
      const held = log();
      let count = 0;
      for (let seq = Math.max(above + 1, held?.floor() ?? 1); seq <= (held?.head() ?? 0); seq++) {
        const entry = held?.at(seq);
        if (isMessage(entry) && fits(entry) && !isDeleted(entry)) count++;
      }
      return count;
    },
  };
};
export type Messages = ReturnType<typeof messagesOf>;
