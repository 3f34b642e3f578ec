import { type KeyboardEvent, type RefObject, useCallback, useEffect, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Acting } from '../message/acting.ts';
import type { Row } from './rows.ts';

type Options = {
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  rows: readonly Row[];
  acting: Acting;
};

const isMessage = (row: Row | undefined) => row?.kind === 'message';

/** Where a key leads from a row; `undefined` where it is no such key. */
const placeFor = (key: string, rows: readonly Row[], from: number): number | undefined => {
  if (key === 'ArrowUp') return rows.findLastIndex((row, i) => i < from && isMessage(row));
  if (key === 'ArrowDown') return rows.findIndex((row, i) => i > from && isMessage(row));
  if (key === 'Home') return rows.findIndex(isMessage);
  return key === 'End' ? rows.findLastIndex(isMessage) : undefined;
};

/** The message that the keyboard is on. Tab leads to it; arrows go on from there, through what is not in the page too. */
export const useActive = ({ list, scroller, rows, acting }: Options) => {
  const [chosen, setChosen] = useState<string>();
  const [wantsFocus, setWantsFocus] = useState(false);
  const at = chosen === undefined ? -1 : rows.findIndex(({ key }) => key === chosen);
  const index = at < 0 ? rows.findLastIndex(isMessage) : at;
  const key = rows[index]?.key;

  useEffect(() => {
    if (!wantsFocus || key === undefined) return;
    setWantsFocus(false);
    scroller.current
      ?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
      ?.focus({ preventScroll: true });
  }, [wantsFocus, key, scroller]);

  const go = useCallback(
    (to: number) => {
      const row = rows[to];
      if (!row) return;
      setChosen(row.key);
      setWantsFocus(true);
      list.current?.scrollToIndex(to, { align: 'nearest' });
    },
    [rows, list],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    // From the one that has the focus: a click may have brought it elsewhere than the arrows.
    const from = event.target instanceof HTMLElement ? event.target.dataset.key : undefined;
    const focused = rows.findIndex((row) => row.key === from);
    const row = rows[focused];
    if (row?.kind !== 'message' || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = placeFor(event.key, rows, focused);
    if (to !== undefined) go(to);
    else if (!acting.byKey(event.key, row.message)) return;
    event.preventDefault();
  };

  return { key, index: at, onKeyDown, mark: setChosen };
};
