import type { Clock, Signal } from '../../types/environment.ts';
import type { Chance } from '../chance.ts';

/** What goes wrong between a device and the server. */
export type Faults = {
  /** How many milliseconds anything is under way: at least, at most. */
  delayMs: readonly [number, number];
  /** Whether frames may overtake each other while they are under way. */
  reorder: boolean;
  /** Share of the pushes that arrive twice, 0 to 1. */
  duplicate: number;
  /** Share of the pushes that never arrive, 0 to 1. The answer to a frame is only lost with its connection. */
  lose: number;
};

const flawless: Faults = { delayMs: [0, 0], reorder: false, duplicate: 0, lose: 0 };

/** A socket, as far as its line can end it. */
type Ending = { end(code: number, told: boolean): void };

/** The way between one device and the server. */
export type Line = {
  /** From now on. What is not named stays as it is. */
  set(faults: Partial<Faults>): void;
  /** All sockets end without a word; what was under way is lost. With `told: false` the server does not notice. */
  cut(options?: { told?: boolean }): void;
  /** Nothing arrives any more, either way, and no socket ends: as behind a router that forgot them. */
  silence(): void;
  /** There is no network: sockets end, handshakes and requests fail. */
  offline(): void;
  /** There is one again, and nothing is silent; whoever listens is told. */
  online(): void;
  /** The next handshakes fail, whoever asks. */
  refuse(times: number): void;
  /** Tells the SDK what a window would. */
  signal(signal: Signal): void;
};

/** The same, with what sockets and requests need of it. */
export type Wires = Line & {
  readonly isOnline: boolean;
  readonly sockets: Set<Ending>;
  /** Requests under way: each is called when there is no network any more. */
  readonly requests: Set<() => void>;
  /** Whether a handshake is refused; counts it. */
  refuses(): boolean;
  /** Has something arrive at the other end, or not. */
  carry(what: 'push' | 'other', arrive: () => void): void;
  listen(listener: (signal: Signal) => void): () => void;
};

export const createLine = ({ clock, chance }: { clock: Clock; chance: Chance }): Wires => {
  let faults = flawless;
  let isOnline = true;
  let isSilent = false;
  let refusals = 0;
  let lastAt = 0;
  let underWay = 0;
  const sockets = new Set<Ending>();
  const requests = new Set<() => void>();
  const listeners = new Set<(signal: Signal) => void>();

  const signal = (sent: Signal) => {
    for (const listener of [...listeners]) listener(sent);
  };
  const cut = ({ told = true } = {}) => {
    for (const socket of [...sockets]) socket.end(1006, told);
  };

  /** Without delay it takes no time at all, unless something before it is still under way. */
  const arriveLater = (arrive: () => void) => {
    const [least, most] = faults.delayMs;
    const soonest = clock.now() + least + Math.floor(chance() * (most - least + 1));
    const at = faults.reorder ? soonest : Math.max(soonest, lastAt);
    if (at <= clock.now() && underWay === 0) return queueMicrotask(arrive);
    lastAt = at;
    underWay++;
    clock.setTimeout(() => {
      underWay--;
      arrive();
    }, at - clock.now());
  };

  return {
    sockets,
    requests,
    get isOnline() {
      return isOnline;
    },
    set: (changed) => {
      faults = { ...faults, ...changed };
    },
    cut,
    silence: () => {
      isSilent = true;
    },
    offline: () => {
      isOnline = false;
      cut();
      for (const fail of [...requests]) fail();
    },
    online: () => {
      isOnline = true;
      isSilent = false;
      signal('online');
    },
    refuse: (times) => {
      refusals = times;
    },
    signal,
    refuses: () => refusals > 0 && refusals-- > 0,
    carry: (what, arrive) => {
      const reaches = () => {
        if (!isSilent) arrive();
      };
      if (isSilent || (what === 'push' && chance() < faults.lose)) return;
      arriveLater(reaches);
      if (what === 'push' && chance() < faults.duplicate) arriveLater(reaches);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
