import { useEffect, useMemo, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useSelf } from '../account/me.ts';
import type { Acting } from '../message/acting.ts';
import { Icon } from '../shell/icon.tsx';
import { useActive } from './active.ts';
import { Line } from './line.tsx';
import type { Opening } from './opening.ts';
import { useReading } from './reading.ts';
import { noRows, type Row, rowsOf } from './rows.ts';
import { useScroll } from './scroll.ts';
import './timeline.css';

/** Above the rows, whatever stands there: they must not move when it changes. */
const topHeight = 56;

/** Long enough to find it with the eyes. */
const markedMs = 2_500;

/** A message, or the end of a UTC month, like `2025-04`. */
export type Place = { seq: number } | { month: string };

const isAt = (row: Row, place: Place) => {
  if (row.kind !== 'message') return false;
  const { seq, ts } = row.message;
  return 'seq' in place ? seq === place.seq : new Date(ts).toISOString().startsWith(place.month);
};

type Props = Opening & {
  acting: Acting;
  /** What is searched, and where the reader wants to be. */
  wanted: string;
  shown: Place | undefined;
};

/** The messages, of which only those in sight are in the page. */
export const Timeline = ({ acting, wanted, shown, ...opened }: Props) => {
  const { view, conversation, opening, reopen } = opened;
  const self = useSelf();
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const built = useRef(noRows);
  const { items, unreadLine } = view;
  const { rows } = useMemo(() => {
    built.current = rowsOf(items, unreadLine, built.current);
    return built.current;
  }, [items, unreadLine]);

  const { loadOlder, loadNewer, jumpToNewest } = useMemo(
    () => ({
      loadOlder: () => conversation.loadOlder(),
      loadNewer: () => conversation.loadNewer(),
      jumpToNewest: () => conversation.jumpToNewest(),
    }),
    [conversation],
  );
  const scroll = useScroll({ scroller, list, rows, view, opening, self: self.id, loadOlder, loadNewer });
  const active = useActive({ list, scroller, rows, acting });
  const { isFollowing } = scroll;
  const { look, lookSoon } = useReading({ conversation, view, list, rows, opening, reopen, isFollowing });
  const onResize = () => {
    scroll.onResize();
    lookSoon();
  };

  // Once for each wish, as soon as its row is there; later the reader goes where he wants.
  const done = useRef<Place>(undefined);
  const [marked, setMarked] = useState<string>();
  const { go } = scroll;
  const { mark } = active;
  useEffect(() => {
    if (!shown || done.current === shown) return;
    const at = rows.findLastIndex((row) => isAt(row, shown));
    const row = rows[at];
    if (!row) return;
    done.current = shown;
    go(at, 'seq' in shown ? 'center' : 'end');
    mark(row.key);
    setMarked(row.key);
  }, [shown, rows, go, mark]);
  useEffect(() => {
    // What is searched stays marked until the search ends.
    if (marked === undefined || wanted) return;
    const timer = setTimeout(() => setMarked(undefined), markedMs);
    return () => clearTimeout(timer);
  }, [marked, wanted]);

  const refused = view.hasNewer ? view.unsent.filter(({ state }) => state === 'failed').length : 0;
  const isGroup = view.kind !== 'direct';
  return (
    <div className="timeline-frame">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the messages in it */}
      <div ref={scroller} className="timeline" onKeyDown={active.onKeyDown}>
        <div className="timeline-space" />
        <div className="timeline-top">
          {view.hasOlder ? (
            <button
              type="button"
              className="button small plain"
              disabled={view.loading}
              onClick={() => void loadOlder()}
            >
              {view.loading ? 'Loading…' : 'Load older messages'}
            </button>
          ) : (
            !view.loading && <span className="hint">This is where it begins.</span>
          )}
        </div>
        <Virtualizer
          ref={list}
          scrollRef={scroller}
          data={rows}
          as="ol"
          item="li"
          shift={scroll.isPrepended}
          startMargin={topHeight}
          keepMounted={active.index < 0 ? [] : [active.index]}
          onScroll={scroll.onScroll}
          onScrollEnd={look}
          onResize={onResize}
        >
          {(row: Row) => (
            <Line
              key={row.key}
              row={row}
              self={self.id}
              isGroup={isGroup}
              others={view.others}
              isActive={row.key === active.key}
              isMarked={row.key === marked}
              wanted={wanted}
              acting={acting}
            />
          )}
        </Virtualizer>
      </div>
      {(!scroll.isAtEnd || view.hasNewer) && (
        <button
          type="button"
          className="to-end"
          // Other rows come with the newest, and their end is where it goes then.
          onClick={view.hasNewer ? jumpToNewest : scroll.toEnd}
        >
          <Icon name="down" size={18} />
          {refused > 0 && `${refused} not sent`}
          {refused === 0 && scroll.missed > 0 && `${scroll.missed} new`}
          {refused === 0 && scroll.missed === 0 && <span className="unseen">To the newest</span>}
        </button>
      )}
    </div>
  );
};
