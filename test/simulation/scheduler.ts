/**
 * One run of the world, replayable by its seed: everything that waits waits here, and goes on at its virtual time in
 * an order that the seed decides. Real time never enters.
 */
export type Scheduler = {
  now(): number;
  /** A number from 0 to 1. */
  random(): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pause(ms: number): Promise<void>;
  /** Does something later that nobody waits for. */
  later(ms: number, work: () => void): void;
  /** Goes on until nothing waits any more, or until a virtual time. */
  run(until?: number): Promise<void>;
};

/** Looked up once: in the context that Jest runs tests in, a global is slow to find. */
const { imul, floor, max } = Math;
const { nextTick } = process;

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (mulberry32, public domain) */
const seeded = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** More than any story takes. */
const endless = 100_000;

/** Lets every promise that can go on do so: a tick comes once no microtask is left, and costs no turn of the event loop. */
const settle = () => new Promise<void>((resolve) => nextTick(resolve));

type Task = { at: number; order: number; go: () => void };

/** The earliest first; of those at one time, whichever the seed says. */
const isBefore = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: hundreds wait at a time. */
const createWaiting = () => {
  const heap: Task[] = [];
  const at = (i: number) => heap[i] as Task;
  return {
    first: () => heap[0],
    put: (task: Task) => {
      let i = heap.push(task) - 1;
      for (let above = (i - 1) >> 1; i > 0 && isBefore(task, at(above)); above = (i - 1) >> 1) {
        heap[i] = at(above);
        i = above;
      }
      heap[i] = task;
    },
    take: () => {
      const last = heap.pop();
      if (!last || heap.length === 0) return;
      let i = 0;
      for (let below = 1; below < heap.length; below = 2 * i + 1) {
        if (below + 1 < heap.length && isBefore(at(below + 1), at(below))) below++;
        if (!isBefore(at(below), last)) break;
        heap[i] = at(below);
        i = below;
      }
      heap[i] = last;
    },
  };
};

export const createScheduler = (seed: number, from = 1_795_000_000_000): Scheduler => {
  const random = seeded(seed);
  let now = from;
  let steps = 0;
  const waiting = createWaiting();

  const put = (ms: number, go: () => void) => waiting.put({ at: now + ms, order: random(), go });

  return {
    now: () => now,
    random,
    between: (low, high) => low + floor(random() * (high - low + 1)),
    chance: (probability) => random() < probability,
    pause: (ms) => new Promise((resolve) => put(ms, resolve)),
    later: put,
    run: async (until = Number.POSITIVE_INFINITY) => {
      for (;;) {
        await settle();
        const task = waiting.first();
        if (!task || task.at > until) break;
        if (++steps > endless) throw new Error(`seed ${seed} does not come to an end`);
        waiting.take();
        now = max(now, task.at);
        task.go();
      }
      if (until !== Number.POSITIVE_INFINITY) now = max(now, until);
    },
  };
};
