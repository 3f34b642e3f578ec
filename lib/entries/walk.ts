import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { type Head, isIn, type Member } from '../conversations/port.ts';
import { AppError } from '../errors.ts';
import { count } from '../metrics/measure.ts';
import { changesMembers, type Draft, isPlain, isSame } from './draft.ts';

/** Asked once nothing of an earlier attempt was found: what to store. It may change the truth that the entry tells of. */
export type Prepare = (walking: Walking) => Promise<Prepared | 'found'>;
export type Walking = {
  /** The last entry that was looked at. */
  below(): Head;
  /**
   * Looks at everything above; `true` where an earlier attempt's entry is there, so that there is nothing to change.
   * To be asked after the truth was read and before it is changed: who reads it later may read another's change of
   * what this sender has changed already.
   */
  look(): Promise<boolean>;
};
type Prepared = {
  draft: Draft;
  /** The truth was changed: the entry is written whoever was removed meanwhile. */
  binding?: true;
  /** The truth was changed by an earlier attempt: its entry lies above this, if it does. */
  above?: number;
};

export type Walk = {
  conversation: ConversationId;
  /** Identity of the entry. */
  by: { from: UserId; key: string };
  prepare: Prepare;
  /** The head this attempt starts from. */
  head: Head;
  /** Every entry above this is looked at before the first insert; the head where that is done already. */
  lookAbove: number;
  members: Member[];
  /** Written for somebody who need not be a member. */
  anyone?: true;
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

/** How long to wait before a statement that was not answered is repeated. */
const unsureMs = 20;
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
  { conversation, by, prepare, head, lookAbove, members: known, now, deadline, anyone }: Walk,
): Promise<Walked> => {
  let below: Head = lookAbove < head.seq ? { seq: lookAbove, ts: 0 } : head;
  let base = head.seq;
  let members = known;
  let checked = !anyone;

  const inTime = () => {
    if (app.clock.now() >= deadline) {
      throw new AppError('unavailable', 'unable to store; no certain answer in time');
    }
  };

  /** Looks at the entry above `below`; gives it back where it is the one to store. */
  const pass = async (entry: Entry): Promise<Entry | undefined> => {
    if (isSame(entry, by)) return entry;
    if (!isPlain(entry) && entry.seq > head.seq) base = Math.max(base, entry.seq);
    if (changesMembers(entry) && entry.seq > head.seq) {
      members = (await app.members.known(conversation)).filter(({ role }) => role !== 'out');
      if (checked && !members.some((member) => isIn(member) && member.user === by.from)) {
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
  let earlier: Entry | undefined;
  const prepared = await prepare({
    below: () => below,
    look: async () => {
      earlier = await climb();
      return earlier !== undefined;
    },
  });
  if (earlier) return found(earlier);
  if (prepared === 'found') throw new Error('found, and not there');
  const { draft, above, binding } = prepared;
  checked &&= !binding;
  if (above !== undefined && above < lookAbove) {
    below = { seq: above, ts: 0 };
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
      // A store that fails at once must not be asked without end, nor keep its driver from connecting again.
      await app.clock.pause(unsureMs);
      answer = await app.messages.append(entry);
    }
    if (answer === 'stored') return { entry, fresh: true, base: baseWith(entry), members };
    count('conflicts');
    const mine = (await pass(answer)) ?? (taken % singleLooks === 0 ? await climb() : undefined);
    if (mine) return found(mine);
  }
};
