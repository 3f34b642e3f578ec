import type { ChatConversation, ConversationView } from '@parley/client/chat';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Row } from './rows.ts';

type Options = {
  conversation: ChatConversation;
  view: ConversationView;
  list: RefObject<VirtualizerHandle | null>;
  rows: readonly Row[];
};

/**
 * Says how far somebody has read: up to the last row in sight, while the page is looked at. Gives what looks once more,
 * for the end of a scroll: not every browser tells of that by an event of its own.
 */
export const useReading = ({ conversation, view, list, rows }: Options) => {
  const { loading, hasNewer } = view;
  const look = useCallback(() => {
    const { current } = list;
    if (!current || loading || document.hidden || !document.hasFocus()) return;
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

  useEffect(() => {
    lookSoon();
    const ending = new AbortController();
    const { signal } = ending;
    document.addEventListener('visibilitychange', look, { signal });
    addEventListener('focus', look, { signal });
    return () => {
      cancelAnimationFrame(frame.current);
      ending.abort();
    };
  }, [look, lookSoon]);
  return { look, lookSoon };
};
