import type { Request } from '../http.ts';
import { safely, until } from '../live.ts';
import type { Persist } from '../persist.ts';
import type { HistoryRange } from '../types/conversation.ts';
import type { Listening } from '../types/live.ts';
import type { Entry } from '../wire.gen.ts';
import type { Held } from './held.ts';

/** Entries that one request brings. */
const pageSize = 100;

/** The items of a list, page by page as they are asked for. */
export async function* pagesOf<Item>(
  request: Request,
  path: string,
  query: string,
  signal?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  for (let asked: string | undefined = query; asked !== undefined; ) {
    const page: { items: Item[]; next?: string } = await request('GET', `${path}?${asked}`, undefined, {
      signal,
    });
    yield* page.items;
    asked = page.next && `cursor=${encodeURIComponent(page.next)}`;
  }
}

/** Newest to oldest. */
export async function* historyOf(
  request: Request,
  path: string,
  { before, after, month, pageSize: limit, signal }: HistoryRange,
): AsyncGenerator<Entry, void, undefined> {
  const asked = Object.entries({ limit, before, after, month }).filter(([, value]) => value !== undefined);
  const query = asked.map(([name, value]) => `${name}=${value}`).join('&');
  yield* pagesOf<Entry>(request, `${path}/messages`, query, signal);
}

/** Every entry above a number, in order: from the past where it is not held, then as they come. */
export const follow = (
  request: Request,
  persist: Persist,
  held: Held,
  listener: (entry: Entry) => void,
  { after, signal }: { after?: number } & Listening = {},
): (() => void) => {
  let at = after ?? held.log()?.head();
  let isOver = false;
  let isRunning = false;

  /** From what is held; `false` where that begins above. */
  const takeHeld = (): boolean => {
    const log = held.log();
    if (!log || at === undefined) return true;
    while (at < log.head() && !isOver) {
      if (at + 1 < log.floor()) return false;
      const entry = log.at(++at);
      if (entry) safely(() => listener(entry));
    }
    return true;
  };
  const takePast = async () => {
    const log = held.log();
    if (!log || at === undefined) return;
    const before = Math.min(log.floor(), at + pageSize + 1);
    const found: Entry[] = [];
    for await (const entry of historyOf(request, held.path, { after: at, before, pageSize, signal }))
      found.unshift(entry);
    for (const entry of found) if (!isOver) safely(() => listener(entry));
    at = before - 1;
  };
  const run = async () => {
    at ??= held.log()?.head();
    if (isRunning || isOver) return;
    isRunning = true;
    try {
      while (!takeHeld()) await persist(takePast, Number.POSITIVE_INFINITY);
    } catch {
      // It is over, or no longer the caller's; the next entry, if there is one, tries again.
    }
    isRunning = false;
  };

  const stop = [held.watch(), held.onAdvance(() => void run())];
  const end = until(signal, () => {
    isOver = true;
    for (const one of stop) one();
  });
  void run();
  return end;
};
