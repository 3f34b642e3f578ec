import { useEffect, useState } from 'react';

/**
 * Whether the network was there last time that the browser spoke of it. `navigator.onLine` alone would be wrong on a
 * machine that has none and serves itself.
 */
export const useOnline = (): boolean => {
  const [isOnline, setOnline] = useState(true);
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    addEventListener('online', () => setOnline(true), { signal });
    addEventListener('offline', () => setOnline(false), { signal });
    return () => ending.abort();
  }, []);
  return isOnline;
};
