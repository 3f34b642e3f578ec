import type { App } from '../../lib/app.ts';
import { AppError } from '../../lib/errors.ts';
import type { Range } from '../../lib/messages/port.ts';
import type { Entry } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import type { Scheduler } from './scheduler.ts';

/** How often what goes wrong, at every single await of a handler. */
export type Rates = {
  /** The handler dies before or after the call. */
  crash: number;
  /** The request never arrives. */
  lost: number;
  /** It is done, and the answer is lost. */
  mute: number;
  /** It is done long after the caller gave up. */
  late: number;
  /** It is done twice. */
  twice: number;
  /** The call takes seconds. */
  slow: number;
};

export const noFaults: Rates = { crash: 0, lost: 0, mute: 0, late: 0, twice: 0, slow: 0 };

/** One running handler. A dead one never goes on. */
export type Handler = {
  alive: boolean;
  /** When its event came. */
  begun: number;
};

type Store = 'redis' | 'cassandra';

/** Conditional writes answer `unknown` where other calls fail. */
const openEnded = new Set<unknown>(['append', 'patch', 'patchReaction', 'change', 'retitle']);

const stores: Partial<Record<keyof App, Store>> = {
  beats: 'redis',
  connections: 'redis',
  conversations: 'redis',
  presence: 'redis',
  rates: 'redis',
  tickets: 'redis',
  members: 'cassandra',
  seen: 'cassandra',
  users: 'cassandra',
};

/** A promise of its own each time: who waits on one that is shared is never let go. */
export const never = () => new Promise<never>(() => {});
const timeoutMs: Record<Store, number> = { redis: 500, cassandra: 1_500 };

type Call = () => Promise<unknown>;
export type Network = { rates: Rates; redisIsDown: boolean };

const unavailable = (store: string) =>
  new AppError('unavailable', `unable to reach ${store}; the simulation says so`);

/** What a store does with one call of one handler, and what the handler hears of it. */
const fate = async (scheduler: Scheduler, network: Network, handler: Handler, store: Store, call: Call) => {
  const { rates } = network;
  const hears = async <T>(answer: T): Promise<T> => {
    await scheduler.pause(scheduler.between(0, 3));
    return handler.alive ? answer : never();
  };
  const givesUp = async () => {
    await scheduler.pause(timeoutMs[store]);
    await hears(undefined);
    throw unavailable(store);
  };

  if (!handler.alive) return never();
  if (scheduler.chance(rates.crash)) handler.alive = false;
  if (!handler.alive) return never();
  await scheduler.pause(
    scheduler.chance(rates.slow) ? scheduler.between(1_000, 12_000) : scheduler.between(0, 5),
  );
  if (!handler.alive) return never();
  if (store === 'redis' && network.redisIsDown) {
    await hears(undefined);
    throw unavailable(store);
  }
  if (scheduler.chance(rates.lost)) return givesUp();
  if (scheduler.chance(rates.late)) {
    scheduler.later(scheduler.between(500, 9_000), () => void call().catch(() => {}));
    return givesUp();
  }
  const answer = await call();
  if (scheduler.chance(rates.twice))
    scheduler.later(scheduler.between(1, 2_000), () => void call().catch(() => {}));
  if (scheduler.chance(rates.crash)) handler.alive = false;
  if (scheduler.chance(rates.mute)) return givesUp();
  return hears(answer);
};

/** A quorum range is no snapshot: it is read in two parts, at two times, in either order. */
const torn =
  (scheduler: Scheduler, { range, head }: App['messages']) =>
  async (conversation: ConversationId, asked: Range): Promise<Entry[]> => {
    // Where it hurts: around the last row of this moment.
    const { seq } = await head(conversation, 0);
    const middle = Math.max(asked.low, seq + scheduler.between(-1, 1));
    const parts = [
      { ...asked, high: Math.min(asked.high, middle) },
      { ...asked, low: middle + 1 },
    ].filter(({ low, high }) => low <= high);
    if (scheduler.chance(0.2)) parts.reverse();
    const entries: Entry[] = [];
    for (const part of parts) {
      entries.push(...(await range(conversation, part)));
      await scheduler.pause(scheduler.chance(0.3) ? scheduler.between(5, 150) : scheduler.between(0, 3));
    }
    const sorted = entries.sort((a, b) => (asked.order === 'up' ? a.seq - b.seq : b.seq - a.seq));
    return sorted.slice(0, asked.limit);
  };

/** The ports as one handler meets them, each made when it is first asked for. */
export const faulty = (scheduler: Scheduler, network: Network, handler: Handler, app: App): App => {
  const meet = (store: Store, call: Call) => fate(scheduler, network, handler, store, call);
  const wrap = <P extends object>(store: Store, port: P): P =>
    new Proxy(port, {
      get: (target, name) => {
        const method = target[name as keyof P];
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          const met = meet(store, () => method.apply(target, args) as Promise<unknown>);
          return openEnded.has(name) ? met.catch(() => 'unknown') : met;
        };
      },
    });

  const noted = (): App['unannounced'] => {
    // Reading note after note is the sweep's own loop; each of its steps is faulty anyway.
    const { note, forget } = wrap('cassandra', app.unannounced);
    return { ...app.unannounced, note, forget };
  };
  const marked = (): App['receipts'] => {
    const { of, own, store, pass, raise, passes } = app.receipts;
    /** Who does not hear from memory reads what lasts. */
    const recall = <T>(call: () => Promise<T>) =>
      meet('redis', call).catch(() => meet('cassandra', call)) as Promise<T>;
    return {
      of: (conversation) => recall(() => of(conversation)),
      own: (conversation, user) => recall(() => own(conversation, user)),
      store: (mark) => meet('cassandra', () => store(mark)) as Promise<void>,
      pass: (mark) => meet('cassandra', () => pass(mark)) as Promise<void>,
      raise: (mark) => meet('redis', () => raise(mark)) as ReturnType<typeof raise>,
      passes,
    };
  };
  const portOf = (name: keyof App): unknown => {
    if (name === 'unannounced') return noted();
    if (name === 'receipts') return marked();
    if (name === 'messages')
      return wrap('cassandra', { ...app.messages, range: torn(scheduler, app.messages) });
    // Who reads user after user meets faults at each of them.
    if (name === 'beats') return { ...wrap('redis', app.beats), all: app.beats.all };
    const store = stores[name];
    return store ? wrap(store, app[name]) : app[name];
  };
  const met = new Map<unknown, unknown>();
  return new Proxy(app, {
    get: (_app, name) => {
      if (!met.has(name)) met.set(name, portOf(name as keyof App));
      return met.get(name);
    },
  });
};
