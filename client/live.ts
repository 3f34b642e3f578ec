import type { Listening, Live } from './types/live.ts';

type Listener<Event> = (event: Event) => void;

/** Runs what is not ours: what it throws goes where uncaught errors go, and stops nothing here. */
export const safely = (run: () => void) => {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
};

/** Those who listen. */
export const listeners = <Event>() => {
  const all = new Set<{ listener: Listener<Event> }>();
  return {
    add: (listener: Listener<Event>, { signal }: Listening = {}) => {
      const one = { listener };
      const end = () => {
        all.delete(one);
        signal?.removeEventListener('abort', end);
      };
      if (!signal?.aborted) {
        all.add(one);
        signal?.addEventListener('abort', end);
      }
      return end;
    },
    tell: (event: Event) => {
      for (const { listener } of [...all]) {
        safely(() => listener(event));
      }
    },
  };
};

/** A snapshot that is made when somebody looks, and kept until `touch()`; changes of one moment are told together. */
export const live = <Snapshot>(make: (last: Snapshot | undefined) => Snapshot) => {
  const { add, tell } = listeners<void>();
  let last: Snapshot | undefined;
  let isStale = true;
  let isTelling = false;
  const it: Live<Snapshot> & { touch(): void } = {
    get: () => {
      if (isStale) last = make(last);
      isStale = false;
      return last as Snapshot;
    },
    onChange: (listener, options) => add(() => listener(), options),
    touch: () => {
      isStale = true;
      if (isTelling) return;
      isTelling = true;
      queueMicrotask(() => {
        isTelling = false;
        tell();
      });
    },
  };
  return it;
};

/** The last one where both say the same, so that who holds it sees no change. */
export const kept = <T extends object>(last: T | undefined, next: T): T => {
  if (!last) return next;
  const keys = Object.keys(next) as (keyof T)[];
  return keys.length === Object.keys(last).length && keys.every((key) => Object.is(last[key], next[key]))
    ? last
    : next;
};
