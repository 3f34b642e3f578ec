const placeOf = (user: string) => `parley.looked-at.${user}`;

/** Tells the other tabs of an account whether this one is looked at. Returns the end of that. */
export const showLookedAt = (user: string): (() => void) => {
  let release: (() => void) | undefined;
  const look = () => {
    release?.();
    release = undefined;
    if (document.hidden) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    release = resolve;
    void navigator.locks.request(placeOf(user), { mode: 'shared' }, () => promise);
  };
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    release?.();
  };
};

/** Whether any tab of the account is. */
export const isLookedAt = async (user: string): Promise<boolean> => {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === placeOf(user));
};
