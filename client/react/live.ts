import { useRef, useSyncExternalStore } from 'react';
import type { Live } from '../types/live.ts';

/** A live snapshot: renders again when it changes. */
export function useLive<Snapshot>(live: Live<Snapshot>): Snapshot;
/** A part of a live snapshot: renders again when that part changes, as `isSame` has it; `Object.is` unless given. */
export function useLive<Snapshot, Part>(
  live: Live<Snapshot>,
  select: (snapshot: Snapshot) => Part,
  isSame?: (one: Part, other: Part) => boolean,
): Part;
export function useLive<Snapshot, Part>(
  live: Live<Snapshot>,
  select?: (snapshot: Snapshot) => Part,
  isSame: (one: Part, other: Part) => boolean = Object.is,
) {
  const last = useRef<{ part: Part } | undefined>(undefined);
  const get = (): Snapshot | Part => {
    const snapshot = live.get();
    if (!select) return snapshot;
    const part = select(snapshot);
    if (!last.current || !isSame(last.current.part, part)) last.current = { part };
    return last.current.part;
  };
  return useSyncExternalStore(live.onChange, get, get);
}
