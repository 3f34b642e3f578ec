import type { Log } from '../conversation/log.ts';
import { kept } from '../live.ts';
import type { ConversationSummary, ConversationView, Item, Watermark } from '../types/conversation.ts';
import type { ConversationId, UserId } from '../wire.gen.ts';
import type { Facts } from './facts.ts';
import type { Messages } from './messages.ts';
import type { Shelf } from './shelf.ts';
import { unreadOf } from './unread.ts';
import type { Window } from './window.ts';

/** What a view is made of. */
export type Shown = {
  id: ConversationId;
  me(): UserId;
  log(): Log | undefined;
  facts(): Readonly<Facts>;
  messages: Messages;
  lines: Shelf;
  window: Window;
  typing: { users(): readonly UserId[] };
};

const sameList = <T>(last: readonly T[] | undefined, next: readonly T[]): readonly T[] =>
  last?.length === next.length && next.every((one, i) => one === last[i]) ? last : next;

const echoesOf = (shown: Shown) => shown.lines.echoes(shown.window.hasKey);

export const summaryOf = (last: ConversationSummary | undefined, shown: Shown): ConversationSummary => {
  const { kind, title, peer, role, activeAt, lastSeq, counted, receipts } = shown.facts();
  const log = shown.log();
  const echo = echoesOf(shown).at(-1);
  const unread = unreadOf(log, shown.messages, shown.me(), receipts.get(shown.me())?.read, counted);
  return kept(last, {
    id: shown.id,
    kind,
    title,
    peer,
    role,
    head: log?.head() ?? 0,
    lastMessage: echo ?? shown.lines.message(lastSeq),
    unread: kept(last?.unread, unread),
    typing: shown.typing.users(),
    activeAt: Math.max(activeAt, echo?.ts ?? 0),
  });
};

/**
 * What all the others have passed. Who joined later counts as having passed what was there before; but somebody must
 * have done so himself, and nothing is claimed where not everybody is known.
 */
const othersOf = (shown: Shown): Watermark => {
  const { kind, peer, members, hasAllMembers, receipts, joined } = shown.facts();
  const all = kind === 'direct' ? [peer ?? ''] : hasAllMembers ? members.map(({ user }) => user) : [];
  const others = all.filter((user) => user !== shown.me() || kind === 'direct');
  const passed = (by: keyof Watermark) => {
    const marks = others.map((user) => receipts.get(user)?.[by] ?? 0);
    const excused = marks.map((mark, i) => Math.max(mark, joined.get(others[i] ?? '') ?? 0));
    return Math.min(Math.max(0, ...marks), ...excused);
  };
  return { delivered: passed('delivered'), read: passed('read') };
};

export const viewOf = (
  last: ConversationView | undefined,
  shown: Shown,
  summary: ConversationSummary,
): ConversationView => {
  const { receipts, members } = shown.facts();
  const { hasOlder, hasNewer, loading, error, line } = shown.window.state();
  const items: Item[] = [];
  for (const seq of shown.window.seqs()) {
    const item = shown.lines.at(seq);
    if (item) items.push(item);
  }
  const unsent = echoesOf(shown);
  if (!hasNewer) items.push(...unsent);
  const unreadLine =
    line === undefined
      ? undefined
      : items.find(
          (item) =>
            item.kind === 'message' && item.seq !== undefined && item.seq > line && item.from !== shown.me(),
        )?.seq;
  return kept(last, {
    ...summary,
    items: sameList(last?.items, items),
    unsent: sameList(last?.unsent, unsent),
    hasOlder,
    hasNewer,
    loading,
    error,
    unreadLine,
    receipts,
    others: kept(last?.others, othersOf(shown)),
    members,
  });
};
