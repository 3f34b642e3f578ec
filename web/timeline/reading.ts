import type { ChatConversation, ConversationView } from '@parley/client/chat';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import type { VirtualizerHandle } from 'virtua';
import type { Row } from './rows.ts';

type Options = {
  conversation: ChatConversation;
  view: ConversationView;
  list: RefObject<VirtualizerHandle | null>;
  rows: readonly Row[];
  opening: number;
  reopen: () => void;
  isFollowing: () => boolean;
};

const isLookedAt = () => !document.hidden && document.hasFocus();

/**
 * Says how far somebody has read: up to the last row in sight, while the page is looked at. Gives what looks once more,
 * for the end of a scroll: not every browser tells of that by an event of its own.
 */
export const useReading = (options: Options) => {
  const { conversation, view, list, rows, opening, reopen, isFollowing } = options;
  const { loading, hasNewer } = view;
  const look = useCallback(() => {
    const { current } = list;
    if (!current || loading || !isLookedAt()) return;
    const bottom = current.scrollOffset + current.viewportSize;
    for (let i = current.findItemIndex(bottom); i >= 0; i--) {
      const row = rows[i];
      const seq =
        row?.kind === 'message' ? row.message.seq : row?.kind === 'notice' ? row.notice.seq : undefined;
      if (seq === undefined) continue;
      // At the end it is all there is: also what has no row, as an edit or a reaction.
      const isEnd = i >= rows.length - 1 && !hasNewer;
      return isEnd ? conversation.markRead() : conversation.markRead(seq);
    }
  }, [conversation, list, rows, loading, hasNewer]);

  const frame = useRef(0);
  /** When what is new is laid out. */
  const lookSoon = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(look);
  }, [look]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each opening is looked at, also where its rows are the same
  useEffect(() => {
    lookSoon();
    return () => cancelAnimationFrame(frame.current);
  }, [lookSoon, opening]);

  useEffect(() => {
    const back = () => {
      if (!isLookedAt()) return;
      // What came meanwhile was followed, and seen by nobody: it begins at a line, before any of it counts as read.
      if (isFollowing() && conversation.get().unread.count > 0) flushSync(reopen);
      else look();
    };
    const ending = new AbortController();
    const { signal } = ending;
    document.addEventListener('visibilitychange', back, { signal });
    addEventListener('focus', back, { signal });
    return () => ending.abort();
  }, [conversation, isFollowing, reopen, look]);
  return { look, lookSoon };
};
