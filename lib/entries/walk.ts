import type { Entry } from '../../schema/entries.ts';
import type { App } from '../app.ts';
import type { Head, Member } from '../conversations/port.ts';
import { AppError } from '../errors.ts';
import { changesMembers, type Draft, isSame } from './draft.ts';

export type Walk = {
  draft: Draft;
  /** The head this attempt starts from. */
  head: Head;
  /** Every entry above this is looked at before the first insert; the head where that is done already. */
  lookAbove: number;
  members: Member[];
  /** Milliseconds; the entry is stamped with it, or with the stamp below where that is later. */
  now: number;
  /** Milliseconds since 1970, after which fate stays open and the sender must retry. */
  deadline: number;
};

export type Walked = {
  entry: Entry;
  /** Written by this walk for certain; otherwise found, perhaps as an earlier attempt left it. */
  fresh: boolean;
  /** The highest of the head and the last member or change entry met: whoever remembers less has forgotten. */
  base: number;
  /** As last read: who is told. */
  members: Member[];
};

/** Entries read at once when climbing. */
const step = 500;
/** Numbers found taken one by one before all above is read in one range. */
const singleLooks = 3;

/**
 * Stores a draft at the end of the log, or finds it there. It never passes an entry without looking at it, so two
 * attempts of one send can never both be stored.
 */
export const walk = async (
  app: Pick<App, 'messages' | 'members' | 'clock'>,
  { draft, head, lookAbove, members: known, now, deadline }: Walk,
): Promise<Walked> => {
  const { conversation } = draft;
  let below: Head = lookAbove < head.seq ? { seq: lookAbove, ts: 0 } : head;
  let base = head.seq;
  let members = known;

  const inTime = () => {
    if (app.clock.now() >= deadline) {
      throw new AppError('unavailable', 'unable to store; no certain answer in time');
    }
  };

  /** Looks at the entry above `below`; gives it back where it is the one to store. */
  const pass = async (entry: Entry): Promise<Entry | undefined> => {
    if (isSame(entry, draft)) return entry;
    if (changesMembers(entry) && entry.seq > head.seq) {
      base = Math.max(base, entry.seq);
      members = await app.members.of(conversation);
      if (!members.some(({ user }) => user === draft.from)) {
        throw new AppError('not-found', 'unable to store; no such conversation');
      }
    }
    below = { seq: entry.seq, ts: entry.ts };
    return undefined;
  };

  /** Looks at everything above `below`. A range counts only up to its first missing number: it is no snapshot. */
  const climb = async (): Promise<Entry | undefined> => {
    for (;;) {
      inTime();
      const range = { low: below.seq + 1, high: Number.MAX_SAFE_INTEGER, limit: step, order: 'up' as const };
      const entries = await app.messages.range(conversation, range);
      const from = below.seq;
      for (const entry of entries) {
        if (entry.seq !== below.seq + 1) break;
        const mine = await pass(entry);
        if (mine) return mine;
      }
      const passed = below.seq - from;
      if (passed === 0 && below.seq >= head.seq) return undefined;
      if (passed === entries.length && passed > 0 && passed < step && below.seq >= head.seq) return undefined;
      // A number below the head that does not show yet.
      if (passed === 0) await app.clock.pause(50);
    }
  };

  /** An entry that changes members is a base itself: no memory may count past it without having forgotten first. */
  const baseWith = (entry: Entry) => (changesMembers(entry) ? Math.max(base, entry.seq) : base);
  const found = (entry: Entry): Walked => ({ entry, fresh: false, base: baseWith(entry), members });

  if (below.seq < head.seq) {
    const mine = await climb();
    if (mine) return found(mine);
  }
  for (let taken = 1; ; taken++) {
    inTime();
    const entry: Entry = { ...draft, seq: below.seq + 1, ts: Math.max(now, below.ts) };
    let answer = await app.messages.append(entry);
    // No answer: the same statement again, for it may be stored by now.
    while (answer === 'unknown') {
      inTime();
      answer = await app.messages.append(entry);
    }
    if (answer === 'stored') return { entry, fresh: true, base: baseWith(entry), members };
    const mine = (await pass(answer)) ?? (taken % singleLooks === 0 ? await climb() : undefined);
    if (mine) return found(mine);
  }
};
