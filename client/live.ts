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

/** Runs `end` once the signal is aborted, or the returned function called. */
export const until = (signal: AbortSignal | undefined, end: () => void) => {
  const run = () => {
    signal?.removeEventListener('abort', run);
    end();
  };
  signal?.addEventListener('abort', run);
  if (signal?.aborted) run();
  return run;
};

/** Those who listen. What one of them sets off is told to all of them after what it heard. */
export const listeners = <Event>() => {
  const all = new Set<{ listener: Listener<Event> }>();
  const events: Event[] = [];
  return {
    add: (listener: Listener<Event>, { signal }: Listening = {}) => {
      const one = { listener };
      all.add(one);
      return until(signal, () => all.delete(one));
    },
    tell: (event: Event) => {
      if (events.push(event) > 1) return;
      for (const one of events) for (const { listener } of [...all]) safely(() => listener(one));
      events.length = 0;
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
