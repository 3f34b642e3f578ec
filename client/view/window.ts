import type { Log } from '../conversation/log.ts';
import { ParleyError } from '../error.ts';
import type { Request } from '../http.ts';
import type { ConversationSummary } from '../types/conversation.ts';
import type { Entry, EntryPage, MemberPage, Receipts, UserId } from '../wire.gen.ts';
import type { FactsOf } from './facts.ts';
import { isShown, type Messages } from './messages.ts';
import type { Shelf } from './shelf.ts';

/** Lines that fill a screen: fewer than that, and more are loaded. */
const screenful = 20;
const pageSize = 50;

type Uses = {
  path: string;
  request: Request;
  log(): Log | undefined;
  messages: Messages;
  lines: Shelf;
  touch(): void;
  me(): UserId;
  facts: FactsOf;
};

type Direction = 'older' | 'newer';

/** Numbers that are shown, lowest first, and whether there is anything below them. */
type Stretch = { seqs: number[]; hasOlder: boolean };

/** Which part of a conversation is shown: down from the newest, or around a month long ago. */
export const windowOn = ({ path, request, log, messages, lines, touch, me, facts }: Uses) => {
  /** Below the floor of the log, and from there on. */
  let older: Stretch = { seqs: [], hasOlder: true };
  let newest: number[] = [];
  let away: (Stretch & { top: number }) | undefined;
  /** Of the stretch that is shown, one of a kind at a time. */
  const loading = new Map<Direction, Promise<void>>();
  const failed = new Map<Direction, ParleyError>();
  /** The last jump, while it is under way. */
  let going: Promise<void> | undefined;
  /** Why the opening failed. */
  let error: ParleyError | undefined;
  /** What was read at the first opening; `hasLine` is not known before. */
  let line: number | undefined;
  let hasLine: boolean | undefined;
  let isOpened = false;
  let keys = new Set<string>();

  const bottom = ({ seqs }: Stretch) => seqs[0] ?? log()?.floor() ?? 1;
  const page = (query: string) => request<EntryPage>('GET', `${path}/messages?${query}`);
  /** A page may have nothing to show and still not be the last. */
  const pages = async (query: string): Promise<EntryPage> => {
    let found = await page(query);
    while (found.items.length === 0 && found.next !== undefined)
      found = await page(`cursor=${encodeURIComponent(found.next)}`);
    return found;
  };
  /** Takes a page, newest first, and gives the numbers to show, lowest first. */
  const put = (items: readonly Entry[]): number[] => {
    const found = items.filter(isShown).reverse();
    messages.page(found);
    facts.joined(found);
    for (const { seq, key } of found) {
      lines.forget(seq);
      keys.add(key);
    }
    return found.map(({ seq }) => seq);
  };

  /** Who shows the view shows why it failed: nobody has to wait for it. What fails is shown, and can be asked for again. */
  const load = (what: Direction, act: () => Promise<void>): Promise<void> => {
    const known = loading.get(what);
    if (known) return known;
    const over = (cause?: ParleyError) => {
      if (loading.get(what) === one) {
        loading.delete(what);
        if (cause) failed.set(what, cause);
        else failed.delete(what);
      }
      touch();
    };
    const one = act();
    one.then(() => over(), over);
    loading.set(what, one);
    touch();
    return one;
  };

  const loadOlderOf = async (stretch: Stretch) => {
    const held = log();
    const below = bottom(stretch);
    if (!held) return;
    if (below <= 1) {
      stretch.hasOlder = false;
      return;
    }
    const { items, next } = await pages(`limit=${pageSize}&before=${below}`);
    if (held !== log() || below !== bottom(stretch)) return;
    stretch.seqs = [...put(items), ...stretch.seqs];
    stretch.hasOlder = next !== undefined;
  };
  const loadOlder = () => load('older', () => loadOlderOf(away ?? older));
  const loadNewer = () =>
    load('newer', async () => {
      if (!away) return;
      const here = away;
      const { top } = here;
      const before = Math.min(top + pageSize + 1, log()?.floor() ?? 1);
      const { items } = await page(`limit=${pageSize}&after=${top}&before=${before}`);
      if (here !== away || top !== here.top) return;
      here.seqs = [...here.seqs, ...put(items)];
      here.top = before - 1;
      join();
    });

  const loadMembers = async () => {
    const { items, next } = await request<MemberPage>('GET', `${path}/members?limit=100`);
    facts.change({ members: items, hasAllMembers: next === undefined });
    touch();
  };

  /** The window has come down to what is held of the newest: it is one again. */
  const join = () => {
    const floor = log()?.floor() ?? 1;
    const lowest = Math.min(floor, bottom(older));
    if (!away || away.top + 1 < lowest) return;
    const below = away.seqs.filter((seq) => seq < lowest);
    if (below.length > 0) older = { seqs: [...below, ...older.seqs], hasOlder: away.hasOlder };
    away = undefined;
  };

  /** What is on its way to another stretch counts no more. */
  const leave = () => {
    away = undefined;
    loading.clear();
    failed.clear();
  };
  const shown = () => (away ? away.seqs : [...older.seqs, ...newest]);
  const state = () => {
    const { hasOlder } = away ?? older;
    return {
      hasOlder: hasOlder && bottom(away ?? older) > 1,
      hasNewer: away !== undefined,
      // Until the line is known nothing must be marked as read, which would move it.
      loading: going !== undefined || loading.size > 0 || (hasLine === true && line === undefined && !error),
      error: error ?? failed.get('older') ?? failed.get('newer'),
      line,
    };
  };

  /** A page of the past to move to, newest first; `undefined` where that is shown already. */
  const around = async (where: string | number): Promise<readonly Entry[] | undefined> => {
    if (typeof where === 'number' && shown().includes(where)) return undefined;
    const query = typeof where === 'number' ? `before=${where + pageSize / 2}` : `month=${where}`;
    const { items } = await pages(`limit=${pageSize}&${query}`);
    if (items.length > 0) return items;
    throw new ParleyError('not-found', `nothing was said in ${where}`);
  };

  return {
    state,
    seqs: shown,
    hasKey: (key: string) => keys.has(key),
    reset: () => {
      older = { seqs: [], hasOlder: true };
      newest = [];
      leave();
      keys = new Set();
      const held = log();
      for (let seq = held?.floor() ?? 1; seq <= (held?.head() ?? 0); seq++) {
        const entry = held?.at(seq);
        if (!isShown(entry)) continue;
        newest.push(seq);
        keys.add(entry.key);
      }
    },
    /** Entries that came at the end. */
    taken: (news: readonly Entry[]) => {
      for (const entry of news) {
        if (!isShown(entry)) continue;
        newest.push(entry.seq);
        keys.add(entry.key);
      }
    },
    // What a jump is about to leave is not added to.
    loadOlder: () => going?.catch(() => {}) ?? loadOlder(),
    loadNewer: () => going?.catch(() => {}) ?? loadNewer(),
    jumpTo: (where: string | number): Promise<void> => {
      const mine = around(where)
        .finally(() => {
          if (going !== mine) throw new ParleyError('cancelled', 'another jump came after');
        })
        .then((items) => {
          const top = items?.[0]?.seq;
          if (!items || top === undefined) return;
          leave();
          away = { seqs: put(items), hasOlder: true, top };
          join();
        })
        .finally(() => {
          if (going === mine) going = undefined;
          touch();
        });
      going = mine;
      touch();
      mine.catch(() => {});
      return mine;
    },
    jumpToNewest: () => {
      going = undefined;
      if (away) leave();
      touch();
    },
    /** What failed, once more. */
    retry: () => {
      if (failed.has('older')) void loadOlder();
      if (failed.has('newer')) void loadNewer();
    },

    /** A screenful, receipts and members; at first the line goes where unread begins. `false`: nothing was held of it yet. */
    open: async ({ unread: { count } }: ConversationSummary): Promise<boolean> => {
      const isHeld = log() !== undefined;
      isOpened = true;
      if (isHeld && hasLine === undefined) {
        hasLine = count > 0;
        line = hasLine ? facts.get().receipts.get(me())?.read : undefined;
      }
      try {
        await Promise.all([
          request<Receipts>('GET', `${path}/receipts`).then(({ items }) => {
            // What was read before this opening, also where it is marked as read meanwhile.
            if (hasLine) line ??= items.find(({ user }) => user === me())?.read ?? 0;
            for (const one of items) facts.receipt(one, true);
          }),
          newest.length + older.seqs.length < screenful && older.hasOlder && loadOlder(),
          loadMembers(),
        ]);
        isOpened = isHeld;
        error = undefined;
      } catch (cause) {
        // The next connection tries again.
        isOpened = false;
        error = cause as ParleyError;
      }
      touch();
      return isHeld;
    },
    isOpened: () => isOpened,
    /** Nobody looks any more: the next opening draws its own line. */
    left: () => {
      hasLine = undefined;
    },
    /** Where that fails, the next change or opening tries again. */
    loadMembers: () => loadMembers().catch(() => {}),
  };
};
export type Window = ReturnType<typeof windowOn>;
