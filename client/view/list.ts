import { timer } from '../clock.ts';
import type { Request } from '../http.ts';
import { kept, live } from '../live.ts';
import type { ConversationSummary } from '../types/conversation.ts';
import type { Clock } from '../types/environment.ts';
import type { Conversations, ConversationsView } from '../types/parley.ts';
import type { ConversationId, ConversationPage, UnreadTotal } from '../wire.gen.ts';
import type { Screen } from './screen.ts';

/** Conversations that one request brings. */
const pageSize = 100;
/** What is read here counts before the server knows of it: when nothing has changed for so long, it does. */
const settledMs = 3_000;

const newestFirst = (one: ConversationSummary, other: ConversationSummary) =>
  other.activeAt - one.activeAt || (one.id < other.id ? -1 : 1);

const none: UnreadTotal = { count: 0, more: false, conversations: 0 };
const sumOf = (items: readonly ConversationSummary[], rest = none): UnreadTotal => {
  const sum = { ...rest };
  for (const { unread } of items) {
    sum.count += unread.count;
    sum.more ||= unread.more;
    if (unread.count > 0 || unread.more) sum.conversations++;
  }
  return sum;
};

type Uses = {
  clock: Clock;
  request: Request;
  screens: ReadonlyMap<ConversationId, Screen>;
  /** What a page of the list says. */
  learn(page: ConversationPage): void;
  describe(id: ConversationId): void;
};

/** The conversations of the caller, as far as they are known. */
export const listOf = ({ clock, request, screens, learn, describe }: Uses) => {
  /** Where the list goes on; `null` until it has begun. */
  let next: string | undefined | null = null;
  let loading: Promise<void> | undefined;
  /** Unread of those that are not loaded, as it was when so many were. */
  let rest = none;
  let counted = 0;
  const settling = timer(clock);

  const known = () => [...screens.values()].filter((one) => one.isHeld() && one.facts().kind !== undefined);
  const itemsOf = () => known().map(({ summary }) => summary.get());
  const view = live<ConversationsView>((last) => {
    const items = itemsOf().sort(newestFirst);
    const isSame = last?.items.length === items.length && items.every((one, i) => one === last.items[i]);
    return kept(last, {
      items: isSame && last ? last.items : items,
      hasMore: next !== undefined,
      loading: loading !== undefined || next === null,
      unread: kept(last?.unread, sumOf(items, next === undefined ? none : rest)),
    });
  });

  const count = () => {
    const before = sumOf(itemsOf());
    const isSame = () => kept(before, sumOf(itemsOf())) === before;
    const ask = async () => {
      // What is read meanwhile may be in the answer or not.
      const all = isSame() && (await request<UnreadTotal>('GET', '/v1/unread'));
      if (!all || !isSame()) return count();
      rest = {
        count: Math.max(0, all.count - before.count),
        more: all.more && !before.more,
        conversations: Math.max(0, all.conversations - before.conversations),
      };
      view.touch();
    };
    // What fails is asked again at the next change.
    settling.start(() => {
      ask().catch(() => {
        counted = 0;
      });
    }, settledMs);
  };
  const touch = () => {
    view.touch();
    const { length } = known();
    if (!next || length === counted) return;
    counted = length;
    count();
  };

  const load = async (cursor: string) => {
    const query = `limit=${pageSize}&cursor=${encodeURIComponent(cursor)}`;
    learn(await request<ConversationPage>('GET', `/v1/conversations?${query}`));
  };
  const loadMore = (): Promise<void> => {
    if (!next) return loading ?? Promise.resolve();
    loading ??= load(next).finally(() => {
      loading = undefined;
      view.touch();
    });
    view.touch();
    return loading;
  };

  const list: Conversations = { get: view.get, onChange: view.onChange, loadMore };
  return {
    list,
    touch,
    stop: settling.stop,
    /** A page was read, and learned. */
    listed: (page: ConversationPage) => {
      next = page.next;
      // Nobody tells of these any more but themselves.
      if (next === undefined)
        for (const one of screens.values())
          if (one.isHeld() && one.facts().kind === undefined) describe(one.id);
      touch();
    },
  };
};
