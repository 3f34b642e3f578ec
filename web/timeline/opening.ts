import type { ChatConversation, ConversationView } from '@parley/client/chat';
import { useLive, useParley } from '@parley/client/react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';

/** A conversation that is held open, and how often that began anew: each time with its own line of what is unread. */
export type Opening = {
  view: ConversationView;
  conversation: ChatConversation;
  /** 0 before the first one: no view is to be trusted yet. */
  opening: number;
  reopen: () => void;
};

/** Opens a conversation for as long as the component is there; `reopen()` draws the line anew, and nothing else changes. */
export const useOpening = (id: string): Opening => {
  const conversation = useParley().conversation(id);
  const view = useLive(conversation);
  const [opening, setOpening] = useState(0);
  const close = useRef<() => void>(undefined);

  const reopen = useCallback(() => {
    close.current?.();
    // Where one has left for the past before, that is over; and the view is made anew when the opening is rendered.
    conversation.jumpToNewest();
    close.current = conversation.open();
    setOpening((count) => count + 1);
  }, [conversation]);

  // Before anything is painted: the timeline must not be placed by a line of yesterday, or by none.
  useLayoutEffect(() => {
    reopen();
    return () => close.current?.();
  }, [reopen]);

  return { view, conversation, opening, reopen };
};
