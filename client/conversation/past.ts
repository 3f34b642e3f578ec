import type { ParleyError } from '../error.ts';
import type { Request } from '../http.ts';
import { safely, until } from '../live.ts';
import type { Following, HistoryRange } from '../types/conversation.ts';
import type { Entry } from '../wire.gen.ts';
import type { Held } from './held.ts';

/** Entries that one request brings. */
const pageSize = 100;

/** The items of a list, page by page as they are asked for. */
export async function* pagesOf<Item>(
  request: Request,
  path: string,
  limit: number,
  query = '',
  signal?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  for (let asked: string | undefined = query; asked !== undefined; ) {
    const at = `${path}?limit=${limit}${asked}`;
    const page: { items: Item[]; next?: string } = await request('GET', at, undefined, { signal });
    yield* page.items;
    asked = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
}

/** Newest to oldest. */
export async function* historyOf(
  request: Request,
  path: string,
  { before, after, month, pageSize: limit = 50, signal }: HistoryRange,
): AsyncGenerator<Entry, void, undefined> {
  const asked = Object.entries({ before, after, month }).filter(([, value]) => value !== undefined);
  const query = asked.map(([name, value]) => `&${name}=${value}`).join('');
  yield* pagesOf<Entry>(request, `${path}/messages`, limit, query, signal);
}

/** Every entry above a number, in order: from the past where it is not held, then as they come. */
export const follow = (
  request: Request,
  held: Held,
  listener: (entry: Entry) => void,
  { after, signal, onError }: Following = {},
): (() => void) => {
  let at = after ?? held.log()?.head();
  let isOver = false;
  let isRunning = false;

  const run = async () => {
    at ??= held.log()?.head();
    if (isRunning || isOver) return;
    isRunning = true;
    try {
      if (!held.log()) held.learn(await request('GET', held.path, undefined, { signal }));
      for (let log = held.log(); log && at !== undefined && at < log.head() && !isOver; log = held.log()) {
        const next = at + 1;
        let found = [log.at(next)];
        if (next < log.floor()) {
          found = [];
          const before = Math.min(log.floor(), next + pageSize);
          for await (const entry of historyOf(request, held.path, { after: at, before, pageSize, signal }))
            found.unshift(entry);
          at = before - 1;
        } else at = next;
        for (const entry of found) if (entry && !isOver) safely(() => listener(entry));
      }
    } catch (error) {
      // It is not, or no longer, the caller's.
      if (!isOver) safely(() => onError?.(error as ParleyError));
      end();
    }
    isRunning = false;
  };

  const stop = held.onAdvance(() => void run());
  const end = until(signal, () => {
    isOver = true;
    stop();
  });
  void run();
  return end;
};
