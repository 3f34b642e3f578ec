import type { Held, Shows } from '../conversation/held.ts';
import type { Request } from '../http.ts';
import { receiptMembers } from '../limits.ts';
import { live } from '../live.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ConversationSummary, ConversationView } from '../types/conversation.ts';
import type { Clock } from '../types/environment.ts';
import type { Receipts, UserId } from '../wire.gen.ts';
import { factsOf } from './facts.ts';
import { messagesOf } from './messages.ts';
import { shelf } from './shelf.ts';
import { asking } from './ticks.ts';
import { typingIn } from './typing.ts';
import { type Shown, summaryOf, viewOf } from './view.ts';
import { windowOn } from './window.ts';

export type ScreenUses = {
  clock: Clock;
  me(): UserId;
  request: Request;
  outbox: Outbox;
  /** Something that the list shows has changed. */
  touchList(): void;
};

/** What is shown of one conversation, kept up to date with what is held of it. */
export const screenOf = ({ clock, me, request, outbox, touchList }: ScreenUses, held: Held) => {
  const { id, path, log } = held;
  const touch = () => {
    summary.touch();
    view.touch();
    touchList();
  };
  const facts = factsOf(me, log, () => void held.describe());
  const typing = typingIn(clock, touch);
  const messages = messagesOf(log);
  const lines = shelf(messages, me, () => outbox.of(id));
  const window = windowOn({ path, request, log, messages, lines, touch, me, facts });
  const shown: Shown = { id, me, log, facts: facts.get, messages, lines, window, typing };
  const summary = live<ConversationSummary>((last) => summaryOf(last, shown));
  const view = live<ConversationView>((last) => viewOf(last, shown, summary.get()));
  /** A message of one's own is shown that may have got further, and nobody tells. */
  const waitsForReceipts = () => {
    const { members, hasAllMembers } = facts.get();
    if (!held.isWatched() || !hasAllMembers || members.length <= receiptMembers) return false;
    const { items, others } = view.get();
    return items.some(({ kind, from, seq = 0 }) => kind === 'message' && from === me() && seq > others.read);
  };
  const ticks = asking(clock, waitsForReceipts, async () =>
    shows.receipts((await request<Receipts>('GET', `${path}/receipts`)).items),
  );
  const open = () => {
    // The list may not have come to it.
    if (log() && facts.get().kind === undefined) void held.describe();
    void window.open(summary.get()).then((wasHeld) => (wasHeld ? ticks.news() : shows.resume()));
  };
  const retry = () => {
    if (!window.isOpened()) open();
    window.retry();
  };

  const shows: Shows = {
    taken: (news, isNews) => {
      for (const entry of news) {
        messages.take(entry);
        facts.take(entry);
        if (entry.type === 'message.new') typing.show(entry.from, false);
      }
      facts.joined(news);
      window.taken(news);
      lines.taken(news);
      if (held.isWatched() && news.some(({ type }) => type.startsWith('member.'))) void window.loadMembers();
      if (isNews && news.length > 0 && facts.get().kind === undefined) void held.describe();
      touch();
      ticks.news();
    },
    reset: () => {
      messages.reset();
      lines.clear();
      window.reset();
      if (!log()) {
        facts.forget();
        // Who looks at it is to learn why it is gone.
        if (held.isWatched()) open();
      }
      touch();
    },
    learned: (wire) => {
      facts.learn(wire);
      if (wire.lastMessage) {
        messages.page([wire.lastMessage]);
        lines.forget(wire.lastMessage.seq);
      }
      shows.resume();
      touch();
    },
    synced: ({ head, role, limited, receipts }, isFirst, isCut) => {
      facts.role(role, head);
      shows.receipts(receipts);
      if (isCut && held.isWatched()) open();
      else shows.resume();
      // At first the list tells of them, page by page.
      if (facts.get().kind === undefined ? !isFirst : limited) void held.describe();
    },
    receipts: (all, isTold = true) => {
      for (const one of all) facts.receipt(one, isTold);
      touch();
    },
    typing: typing.show,
    unsentChanged: () => {
      lines.unsentChanged();
      touch();
    },
    trims: (to) => {
      facts.change({ counted: { ...summary.get().unread, head: log()?.head() ?? 0 } });
      if (facts.get().lastSeq < to) void held.describe();
    },
    resume: () => {
      if (!held.isWatched() || !log()) return;
      retry();
      ticks.news();
    },
  };
  held.show(shows);

  return {
    id,
    summary,
    view,
    window,
    facts: facts.get,
    isHeld: () => log() !== undefined,
    /** Several may look at it at once. */
    open: () => {
      const unwatch = held.watch();
      open();
      return () => {
        unwatch();
        if (!held.isWatched()) window.left();
      };
    },
    retry,
    stop: ticks.stop,
  };
};
export type Screen = ReturnType<typeof screenOf>;
