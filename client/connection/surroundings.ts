import type { Surroundings } from '../types/environment.ts';

type Page = EventTarget & { visibilityState: string; defaultView: EventTarget | null };

/** What the window and its document tell; silent where there is none. */
export const browserSurroundings: Surroundings = {
  listen: (listener) => {
    const { document } = globalThis as { document?: Page };
    if (!document?.defaultView) return () => {};
    const page = document.defaultView;
    const online = () => listener('online');
    const hide = () => listener('hide');
    const show = ({ persisted }: { persisted?: boolean }) => persisted && listener('show');
    const visible = () => document.visibilityState === 'visible' && listener('visible');
    const heard = [
      [page, 'online', online],
      [page, 'pagehide', hide],
      [page, 'pageshow', show],
      [document, 'visibilitychange', visible],
    ] as [EventTarget, string, () => void][];
    for (const [where, name, run] of heard) where.addEventListener(name, run);
    return () => {
      for (const [where, name, run] of heard) where.removeEventListener(name, run);
    };
  },
};
