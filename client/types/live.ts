/** How long to listen: until the signal is aborted, or the returned function called. */
export interface Listening {
  signal?: AbortSignal | undefined;
}

/**
 * Something that changes, made for `useSyncExternalStore(live.onChange, live.get)`: both may be passed on by themselves,
 * and a snapshot stays the same object until something in it changes.
 */
export interface Live<Snapshot> {
  /** How it is now. */
  get(): Snapshot;
  /** Calls `listener` after changes, several of the same moment at once. Returns its end. */
  onChange(listener: () => void, options?: Listening): () => void;
}
