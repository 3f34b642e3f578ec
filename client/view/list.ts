import type { Request } from '../http.ts';
import { kept, live } from '../live.ts';
import type { ConversationSummary } from '../types/conversation.ts';
import type { Conversations, ConversationsView } from '../types/parley.ts';
import type { ConversationId, ConversationPage } from '../wire.gen.ts';
import type { Screen } from './screen.ts';

/** Conversations that one request brings. */
const pageSize = 100;

const newestFirst = (one: ConversationSummary, other: ConversationSummary) =>
  other.activeAt - one.activeAt || (one.id < other.id ? -1 : 1);

type Uses = {
  request: Request;
  screens: ReadonlyMap<ConversationId, Screen>;
  /** What a page of the list says. */
  learn(page: ConversationPage): void;
  describe(id: ConversationId): void;
};

/** The conversations of the caller, as far as they are known. */
export const listOf = ({ request, screens, learn, describe }: Uses) => {
  /** Where the list goes on; `null` until it has begun. */
  let next: string | undefined | null = null;
  let loading: Promise<void> | undefined;

  const view = live<ConversationsView>((last) => {
    const known = [...screens.values()].filter((one) => one.isHeld() && one.facts().kind !== undefined);
    const items = known.map(({ summary }) => summary.get()).sort(newestFirst);
    const isSame = last?.items.length === items.length && items.every((one, i) => one === last.items[i]);
    const unread = { count: 0, more: false, conversations: 0 };
    for (const { unread: one } of items) {
      unread.count += one.count;
      unread.more ||= one.more;
      if (one.count > 0 || one.more) unread.conversations++;
    }
    return kept(last, {
      items: isSame && last ? last.items : items,
      hasMore: next !== undefined,
      loading: loading !== undefined || next === null,
      unread: kept(last?.unread, unread),
    });
  });

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
    touch: view.touch,
    /** A page was read, and learned. */
    listed: (page: ConversationPage) => {
      next = page.next;
      // Nobody tells of these any more but themselves.
      if (next === undefined)
        for (const one of screens.values())
          if (one.isHeld() && one.facts().kind === undefined) describe(one.id);
      view.touch();
    },
  };
};
