import { timer } from '../clock.ts';
import type { ParleyError } from '../error.ts';
import type { Request } from '../http.ts';
import { listeners } from '../live.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Clock } from '../types/environment.ts';
import type { ParleyEvents } from '../types/events.ts';
import type { ConversationId, Entry, Synced, UserId, Watermarks, Conversation as Wire } from '../wire.gen.ts';
import { type Log, logFrom } from './log.ts';
import type { Marker } from './marks.ts';
import { historyOf } from './past.ts';

/** Pushes may overtake each other by so much. */
const stragglersMs = 1_000;
/** What is kept of a conversation that nobody looks at, and how far it may grow before the rest is given up. */
const keptEntries = 200;
const mostEntries = 400;

/** What was missed of a conversation that is new here: so many entries below the first push. */
const missedEntries = 50;

/** Who shows a conversation, and hears of everything that changes it. */
export type Shows = {
  /** Entries that are next in line; `isNews` where they happened just now. */
  taken(news: readonly Entry[], isNews: boolean): void;
  /** The log is another one, or none. */
  reset(): void;
  /** What the list says of it. */
  learned(wire: Wire): void;
  synced(synced: Synced, isFirst: boolean, isCut: boolean): void;
  receipts(all: readonly Watermarks[], isTold?: boolean): void;
  typing(user: UserId, active: boolean): void;
  unsentChanged(): void;
  /** Entries below are about to be given up. */
  trims(to: number): void;
  /** There is a connection again. */
  resume(): void;
};

export type HeldUses = {
  clock: Clock;
  me(): UserId;
  /** A request until there is an answer. */
  endless: Request;
  outbox: Outbox;
  marks: Marker;
  autoDelivered: boolean;
  tell<Name extends keyof ParleyEvents>(name: Name, event: ParleyEvents[Name]): void;
};

/** One conversation, as far as it is held: gaps in it are noticed and filled. */
export const heldOf = (uses: HeldUses, id: ConversationId) => {
  const { clock, me, endless, outbox, marks, tell } = uses;
  const path = `/v1/conversations/${encodeURIComponent(id)}`;
  let log: Log | undefined;
  let shows: Shows | undefined;
  /** Up to here nothing counts any more: the caller was out. */
  let leftAt = 0;
  let isFilling = false;
  let describing: Promise<void> | undefined;
  let describingNext: Promise<void> | undefined;
  /** By the counter of syncs: when something came last. */
  let cameAt = 0;
  let watchers = 0;
  const hole = timer(clock);
  const advanced = listeners<void>();

  const hold = (floor: number): Log => {
    log = logFrom(floor);
    shows?.reset();
    return log;
  };
  /** It begins here for whoever follows it without having begun: what comes next is the first. */
  const begin = (floor: number): Log => {
    const held = hold(floor);
    advanced.tell();
    return held;
  };
  const drop = (at = log?.top() ?? 0) => {
    leftAt = Math.max(leftAt, at);
    if (!log) return;
    log = undefined;
    hole.stop();
    shows?.reset();
    advanced.tell();
    tell('gone', { conversation: id });
  };
  /** What nobody looks at is not kept for ever. */
  const trim = () => {
    if (!log || watchers > 0 || log.head() - log.floor() < mostEntries) return;
    const to = log.head() - keptEntries + 1;
    shows?.trims(to);
    log.raise(to);
    shows?.reset();
  };

  /** Entries that are next in line, in order; `isNews` where they happened just now. */
  const digest = (news: readonly Entry[], isNews = true) => {
    if (!log) return;
    const head = log.head();
    outbox.seen(id, head);
    shows?.taken(news, isNews);
    if (log.top() <= head) hole.stop();
    else if (!hole.isSet()) hole.start(() => void fill(), stragglersMs);
    advanced.tell();
    const isMine = (entry: Entry) => 'user' in entry && entry.user === me();
    const ofMine = news.findLast(isMine);
    // Where these begin the log: from before the caller came.
    const before =
      news[0]?.seq === log.floor() &&
      news.findLast((entry) => entry.type === 'member.joined' && isMine(entry));
    for (const entry of isNews ? news : []) {
      if (before && entry.seq < before.seq) continue;
      tell('entry', entry);
      tell(entry.type, entry as never);
    }
    if (news.some(({ type, from }) => type === 'message.new' && from !== me())) delivered();
    if (ofMine?.type === 'member.left') drop(ofMine.seq);
    else trim();
  };
  const delivered = () => {
    if (log && uses.autoDelivered) marks.mark(id, 'markDelivered', log.head());
  };
  /** Everything up to a number was read: what is not there is lost. */
  const lose = (held: Log, to: number) => {
    const { lost, news } = held.lose(to);
    if (lost.length > 0) tell('missing', { conversation: id, seqs: lost });
    digest(news);
  };

  /** Reads what a hole lacks. */
  const fill = async () => {
    const held = log;
    if (!held || isFilling) return;
    isFilling = true;
    hole.stop();
    try {
      const top = held.top();
      const lacking = { after: held.head(), before: top + 1, pageSize: 100 };
      const found: Entry[] = [];
      for await (const entry of historyOf(endless, path, lacking)) found.push(entry);
      if (held !== log) return;
      digest(held.add(found));
      lose(held, top);
    } catch (error) {
      const { code, pointer } = error as ParleyError;
      if (held !== log) return;
      if (code === 'not-found') drop();
      else if (pointer === '/after') {
        // The server has less than was seen of it: it lost its data, and so do we.
        log = undefined;
        await describe();
      }
    } finally {
      isFilling = false;
      // The timer of the log that took its place found this running.
      if (held !== log) digest([]);
    }
  };

  const learn = (wire: Wire) => {
    log ??= begin(wire.head + 1);
    shows?.learned(wire);
    if (wire.unread.count > 0) delivered();
  };
  /** Asks what the list would say of it. What is under way may be from before: then once more after it. */
  const describe = (): Promise<void> => {
    if (describing) {
      describingNext ??= describing.then(() => {
        describingNext = undefined;
        return describe();
      });
      return describingNext;
    }
    describing = endless<Wire>('GET', path)
      .then(learn, (error: ParleyError) => (error.code === 'not-found' ? drop() : tell('error', error)))
      .finally(() => {
        describing = undefined;
      });
    return describing;
  };

  return {
    id,
    path,
    log: () => log,
    /** 0 where nothing is held. */
    head: () => log?.head() ?? 0,
    hasHole: () => log !== undefined && log.top() > log.head(),
    cameAt: () => cameAt,
    onAdvance: advanced.add,
    learn,
    describe,
    fill,
    /** It is no longer the caller's; where the entry that says so is not pushed here, its number is given. */
    drop,
    shows: () => shows,
    show: (who: Shows) => {
      shows = who;
    },
    isWatched: () => watchers > 0,
    /** There is a connection: what could not be read is tried again. */
    resume: () => {
      advanced.tell();
      shows?.resume();
    },
    /** Pushed, or made of an ack; whether something before it was missed. */
    push: (entry: Entry, at: number, isAfterGap?: unknown) => {
      if (entry.seq <= leftAt) return;
      cameAt = at;
      const missed = isAfterGap ? missedEntries : 0;
      digest((log ?? begin(Math.max(leftAt + 1, entry.seq - missed))).add([entry]));
    },
    /** An entry is known to exist that is not here. */
    exists: (seq: number, at: number) => {
      cameAt = at;
      log?.expect(seq);
      digest([]);
    },
    /** What a sync says of it. */
    apply: (synced: Synced, isFirst: boolean) => {
      const { head, entries, limited = false } = synced;
      if (head < leftAt) return;
      const wasHeld = log !== undefined;
      // What came while this was read lies beyond it, and is not sent again.
      const beyond = log?.beyond(head) ?? [];
      const held = log && !limited ? log : hold(limited ? (entries[0]?.seq ?? head + 1) : 1);
      digest(held.add(entries), !limited && (wasHeld || !isFirst));
      digest(held.add(beyond));
      lose(held, head);
      const isCut = limited && wasHeld;
      shows?.synced(synced, isFirst, isCut);
      if (isCut) tell('limited', { conversation: id });
    },
    /** Somebody looks at it: from now on nothing of it is given up. */
    watch: () => {
      watchers++;
      let isOver = false;
      return () => {
        if (!isOver) watchers--;
        isOver = true;
        trim();
      };
    },
    stop: hole.stop,
  };
};
export type Held = ReturnType<typeof heldOf>;
