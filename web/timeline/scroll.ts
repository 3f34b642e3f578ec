import type { ConversationView } from '@parley/client/chat';
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Row } from './rows.ts';

/** How near to an end counts as there, and how near asks for more, in pixels. */
const closeBy = 32;
const inSight = 700;

type Options = {
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  rows: readonly Row[];
  view: ConversationView;
  opening: number;
  self: string;
  loadOlder: () => Promise<void>;
  loadNewer: () => Promise<void>;
};

const edgesOf = (rows: readonly Row[], hasNewer: boolean) => ({
  first: rows.find(({ kind }) => kind === 'message' || kind === 'notice')?.key,
  last: rows.at(-1)?.key,
  length: rows.length,
  hasNewer,
});

/**
 * Where a reader of the timeline stands. At the end it stays at the end, whatever arrives; elsewhere nothing moves.
 * A conversation opens at the line of what is unread, or at its end.
 */
export const useScroll = (options: Options) => {
  const { scroller, list, rows, view, opening, self, loadOlder, loadNewer } = options;
  const { hasOlder, hasNewer, loading, unreadLine } = view;
  /** Placed for which opening, at which line; whether that is the end, and how far down it was seen last. */
  const stands = useRef({ opening: 0, line: unreadLine, isAtEnd: true, top: 0 });
  const known = useRef(edgesOf([], false));
  const isGoing = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);
  const [missed, setMissed] = useState(0);

  const edges = edgesOf(rows, hasNewer);
  const before = known.current;
  const isPrepended = before.length > 0 && edges.last === before.last && edges.first !== before.first;
  const isReplaced = before.length > 0 && edges.last !== before.last && edges.first !== before.first;

  /** Without virtua, which goes on scrolling until all is measured, against whoever scrolls meanwhile: `onResize` does. */
  const toEnd = useCallback(() => {
    stands.current.isAtEnd = true;
    // It may still be on its way elsewhere, and would go on: another wish of the same kind ends that one.
    if (isGoing.current) list.current?.scrollToIndex(known.current.length - 1, { align: 'end' });
    isGoing.current = false;
    const { current } = scroller;
    if (current) current.scrollTop = current.scrollHeight;
  }, [scroller, list]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when rows or their loading change; `before` and `isReplaced` are of the rendering before
  useLayoutEffect(() => {
    known.current = edgesOf(rows, hasNewer);
    const now = stands.current;
    if (rows.length === 0) return;
    if (now.opening !== opening) {
      // Where unread begins may not be known yet.
      if (loading) return toEnd();
      const isMoved = now.opening === 0 || now.line !== unreadLine;
      Object.assign(now, { opening, line: unreadLine });
      const line = isMoved ? rows.findIndex(({ kind }) => kind === 'unread') : -1;
      if (line < 0) return toEnd();
      now.isAtEnd = false;
      list.current?.scrollToIndex(line, { align: 'start', offset: -64 });
      return;
    }
    if (isReplaced) return toEnd();
    if (before.last === known.current.last) return;
    const last = rows.at(-1);
    // Also where it is stored already: the ack may be faster than the rendering.
    const isOwn = last?.kind === 'message' && last.message.from === self;
    // What was loaded is no news, but for what is just being sent.
    if (before.hasNewer && !(isOwn && last.message.state !== 'stored')) return;
    if (now.isAtEnd || isOwn) toEnd();
    else {
      const arrived = rows.slice(before.length).filter(({ kind }) => kind === 'message');
      setMissed((count) => count + arrived.length);
    }
  }, [rows, loading, opening]);

  /** Where that is now. Gives what is above and below, in pixels. */
  const find = useCallback(() => {
    const { current } = scroller;
    if (!current || stands.current.opening === 0) return undefined;
    // Not what virtua has measured: a composer that grows or shrinks scrolls before that is known.
    const { scrollTop, scrollHeight, clientHeight } = current;
    const below = scrollHeight - scrollTop - clientHeight;
    const now = stands.current;
    // What arrives makes it longer, and this may be told before that is: only who went up has left the end.
    const isFollowed = now.isAtEnd && scrollTop >= now.top;
    const isThere = (below < closeBy || isFollowed) && !hasNewer;
    Object.assign(now, { isAtEnd: isThere, top: scrollTop });
    setAtEnd(isThere);
    if (isThere) setMissed(0);
    return { above: scrollTop, below };
  }, [scroller, hasNewer]);

  const onScroll = useCallback(() => {
    const found = find();
    if (!found || loading) return;
    if (found.above < inSight && hasOlder) void loadOlder();
    if (found.below < inSight && hasNewer) void loadNewer();
  }, [find, hasOlder, hasNewer, loading, loadOlder, loadNewer]);

  /** Something was measured, or the window changed: who was at the end is there still; what fits is all in sight. */
  const onResize = useCallback(() => {
    if (stands.current.isAtEnd) toEnd();
    else find();
  }, [toEnd, find]);

  /** Whatever arrives, the reader is taken along. */
  const isFollowing = useCallback(() => stands.current.isAtEnd, []);

  const go = useCallback(
    (index: number, align: 'center' | 'end') => {
      stands.current.isAtEnd = false;
      isGoing.current = true;
      list.current?.scrollToIndex(index, { align });
    },
    [list],
  );

  return { isAtEnd, missed, isPrepended, isFollowing, onScroll, onResize, toEnd, go };
};
