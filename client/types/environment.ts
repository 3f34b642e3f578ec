/** The time, and timers. Tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now. */
  setTimeout(run: () => void, ms: number): unknown;
  /** Forgets a timer. */
  clearTimeout(timer: unknown): void;
}

/**
 * What the surroundings tell: the network came (`online`), the page can be seen again (`visible`), it is put away
 * (`hide`, into the back-forward cache) and taken out again (`show`).
 */
export type Signal = 'online' | 'visible' | 'hide' | 'show';

/** Where signals come from: the window and its document in a browser, nothing elsewhere. */
export interface Surroundings {
  /** Calls `listener` at each signal, until the returned function is called. */
  listen(listener: (signal: Signal) => void): () => void;
}

/** The part of a `WebSocket` that is used. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** How a `WebSocket` is made. */
export type SocketConstructor = new (url: string, protocols?: string | string[]) => Socket;
