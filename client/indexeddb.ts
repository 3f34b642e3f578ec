import type { OutboxRecord, OutboxStorage } from './types/outbox.ts';

/** How long a claim holds where there are no Web Locks, unless it is renewed. */
const leaseMs = 30_000;

type Row = OutboxRecord & { owner: string; leaseUntil: number };

const done = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves once the transaction would survive a crash. */
const committed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });

const openDatabase = (name: string): Promise<IDBDatabase> => {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('outbox', { keyPath: 'key' });
  return done(opening);
};

/** Begins transactions. Browsers close a database by themselves, as Safari does behind other pages: it is opened again. */
const transactionsOf = async (name: string) => {
  let database = await openDatabase(name);
  let reopening: Promise<void> | undefined;
  let isClosed = false;
  type Asked = [mode: IDBTransactionMode, options?: IDBTransactionOptions];
  const begin = (...asked: Asked): IDBTransaction => database.transaction('outbox', ...asked);
  const reopen = async () => {
    database = await openDatabase(name);
    if (isClosed) database.close();
  };
  return {
    begin: async (...asked: Asked): Promise<IDBTransaction> => {
      try {
        return begin(...asked);
      } catch (error) {
        if (isClosed) throw error;
        reopening ??= reopen().finally(() => {
          reopening = undefined;
        });
        await reopening;
        return begin(...asked);
      }
    },
    close: () => {
      isClosed = true;
      database.close();
    },
  };
};

/** A lock that is held as long as this tab lives: the browser lets go of it, whatever happens. */
const holdLock = (name: string): Promise<() => void> =>
  new Promise((held, failed) => {
    navigator.locks.request(name, () => new Promise<void>((release) => held(release))).catch(failed);
  });

/** Whether whoever held a lock is gone. */
const isFree = (name: string): Promise<boolean> =>
  navigator.locks.request(name, { ifAvailable: true }, (lock) => lock !== null);

/**
 * Keeps what is unsent in the browser, so that a reload loses nothing. Tabs share it, and each record is one tab's: that
 * it lives is shown by a Web Lock, or where there are none by a lease of 30 seconds that it renews, and gives back when
 * the page is closed.
 */
export const indexedDBStorage = ({ name = 'parley' }: { name?: string } = {}): OutboxStorage => ({
  open: async (user) => {
    const transactions = await transactionsOf(name);
    const me = crypto.getRandomValues(new Uint32Array(4)).join('-');
    const lockOf = (owner: string) => `${name}:outbox:${owner}`;
    const hasLocks = typeof navigator === 'object' && 'locks' in navigator;
    const release = hasLocks ? await holdLock(lockOf(me)) : () => {};
    const mine = (record: OutboxRecord): Row => ({ ...record, owner: me, leaseUntil: Date.now() + leaseMs });
    const isOver = ({ owner, leaseUntil }: Row) =>
      hasLocks ? isFree(lockOf(owner)) : leaseUntil < Date.now();

    const change = async (act: (rows: IDBObjectStore) => void) => {
      const transaction = await transactions.begin('readwrite', { durability: 'strict' });
      act(transaction.objectStore('outbox'));
      await committed(transaction);
    };
    const rowsNow = async (): Promise<Row[]> => {
      const transaction = await transactions.begin('readonly');
      const rows: Row[] = await done(transaction.objectStore('outbox').getAll());
      return rows.filter((row) => row.user === user);
    };
    /** Changes every row of this tab, in one transaction that begins now. */
    const changeOwn = (leaseUntil: number) =>
      change((rows) => {
        const looking = rows.getAll();
        looking.onsuccess = () => {
          for (const row of looking.result as Row[]) if (row.owner === me) rows.put({ ...row, leaseUntil });
        };
      });
    const giveBack = () => void changeOwn(0).catch(() => {});
    const renew = () => changeOwn(Date.now() + leaseMs).catch(() => {});
    const renewing = hasLocks ? undefined : setInterval(() => void renew(), leaseMs / 3);
    // A page that is closed needs no lease; one that comes back out of the cache renews it.
    const page = hasLocks ? undefined : (globalThis as { window?: EventTarget }).window;
    page?.addEventListener('pagehide', giveBack);

    return {
      claim: async () => {
        const claimed: OutboxRecord[] = [];
        for (const row of await rowsNow()) {
          if (row.owner === me || !(await isOver(row))) continue;
          // Another tab may have been faster: in one transaction it is looked at again and taken.
          await change((rows) => {
            const looking = rows.get(row.key);
            looking.onsuccess = () => {
              const now: Row | undefined = looking.result;
              if (now?.owner !== row.owner || now.leaseUntil !== row.leaseUntil) return;
              const { owner: _, leaseUntil: __, ...record } = now;
              rows.put(mine(record));
              claimed.push(record);
            };
          });
        }
        return claimed;
      },
      put: (record) => change((rows) => rows.put(mine(record))),
      remove: (key) => change((rows) => rows.delete(key)),
      close: () => {
        clearInterval(renewing);
        page?.removeEventListener('pagehide', giveBack);
        if (!hasLocks) giveBack();
        release();
        transactions.close();
      },
    };
  },
});
