import { timer } from '../clock.ts';
import { backoff } from '../connection/backoff.ts';
import type { Ask } from '../connection/link.ts';
import type { ParleyError } from '../error.ts';
import type { Request } from '../http.ts';
import type { Clock } from '../types/environment.ts';
import type { ConversationId, InboxHead, Synced, SyncReply } from '../wire.gen.ts';
import { type InboxFollower, inboxFollower, type Repair } from './inbox.ts';

/** A position that would not fit a frame goes over HTTP. */
const frameCharacters = 30_000;
/** While somebody is writing to a conversation it is looked at again this often, and so many times. */
const againMs = 1_000;
const mostAgain = 6;

export type SyncUses = {
  clock: Clock;
  random: () => number;
  ask: Ask;
  request: Request;
  token(): Promise<string>;
  isConnected(): boolean;
  /** Every conversation that is held without a hole, and its head; for a compare those with a hole are left out. */
  heads(by: Repair): Record<ConversationId, number>;
  /** The server knows this connection, or knows it again. */
  known(): void;
  apply(synced: Synced, by: Repair): void;
  /** These are no longer the caller's, unless something of them came meanwhile. */
  drop(gone: ConversationId[], startedAt: number): void;
  /** All that is held is of these. */
  keepOnly(belongsTo: Set<ConversationId>, startedAt: number): void;
  /** Nothing is missing. */
  done(): void;
  failed(error: ParleyError): void;
};

/** Brings back what was missed: one sync at a time, and another while there is a doubt. */
export const syncer = (uses: SyncUses) => {
  const { clock, random, ask, request } = uses;
  const later = timer(clock);
  let wanted: Repair | undefined;
  let isRunning = false;
  let since = 0;
  /** Where the last sync began that found somebody writing: the next begins there again. */
  let from: { inbox: InboxHead | undefined } | undefined;
  let againLeft = mostAgain;
  let failures = 0;
  let inbox: InboxFollower;
  /** Counts what comes, so that it is known what came after a sync began. */
  let moment = 0;

  const want = (by: Repair) => {
    if (wanted !== 'compare') wanted = by;
    void run();
  };
  inbox = inboxFollower(clock, want);

  /** A frame of it tells the server that this connection is there; else a token does. */
  const begin = async (position: object): Promise<SyncReply> => {
    if (JSON.stringify(position).length < frameCharacters) return ask('sync', position);
    await ask('refreshToken', { token: await uses.token() });
    return request('POST', '/v1/sync', position);
  };
  const read = async (by: Repair): Promise<SyncReply[]> => {
    const known = from ? from.inbox : inbox.mine();
    const heads = uses.heads(by);
    let page = await begin({ inbox: by === 'inbox' ? known : undefined, since, heads });
    if (page.belongsTo) uses.known();
    const pages = [page];
    while (page.next !== undefined) {
      page = await request<SyncReply>('POST', '/v1/sync', { heads, cursor: page.next });
      pages.push(page);
    }
    return pages;
  };

  const settle = (by: Repair, pages: SyncReply[], startedAt: number) => {
    const before = from ?? { inbox: inbox.mine() };
    for (const { conversations, gone = [] } of pages) {
      for (const synced of conversations) uses.apply(synced, by);
      uses.drop(gone, startedAt);
    }
    const last = pages.at(-1) as SyncReply;
    const isBusy = pages.some(({ conversations }) => conversations.some(({ again }) => again));
    inbox.settle(last.inbox);
    from = undefined;
    if (last.belongsTo) uses.keepOnly(new Set(pages.flatMap((page) => page.belongsTo ?? [])), startedAt);
    if (isBusy && againLeft-- > 0) {
      from = before;
      later.start(() => want(last.belongsTo ? 'compare' : 'inbox'), againMs);
      return;
    }
    againLeft = mostAgain;
    if (last.belongsTo) since = last.now;
    uses.done();
  };

  const run = async () => {
    if (isRunning || !uses.isConnected()) return;
    isRunning = true;
    while (wanted && uses.isConnected()) {
      const by = wanted;
      wanted = undefined;
      later.stop();
      const startedAt = moment;
      try {
        const pages = await read(by);
        failures = 0;
        settle(by, pages, startedAt);
      } catch (error) {
        // A new connection asks anew by itself.
        uses.failed(error as ParleyError);
        wanted = undefined;
        from = undefined;
        later.start(() => want('compare'), backoff(failures++, random, (error as ParleyError).retryAfterMs));
      }
    }
    isRunning = false;
  };

  return {
    want,
    inbox,
    /** The time by which `startedAt` is told: it passes with every entry. */
    tick: () => ++moment,
    stop: () => {
      wanted = undefined;
      later.stop();
      inbox.stop();
    },
  };
};
export type Syncer = ReturnType<typeof syncer>;
