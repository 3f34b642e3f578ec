/** Sockets that were silent for this long may be dead: a Lambda is frozen between its events (ADR 0013). */
export const idleMs = 60_000;
