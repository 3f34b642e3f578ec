import 'fake-indexeddb/auto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { indexedDBStorage } from '../../../client/indexeddb.ts';
import type { OutboxDrawer, OutboxRecord } from '../../../client/types/outbox.ts';

const record = (key: string, user = 'u:ann'): OutboxRecord => ({
  key,
  user,
  conversation: 'd:one',
  order: 1,
  madeAt: 1,
  after: undefined,
  frame: { action: 'sendMessage', text: key },
});

/** Web Locks as the specification has them, as far as they are used; Node has none in this environment. */
const locks = () => {
  const held = new Set<string>();
  type Given = (lock: object | null) => unknown;
  return {
    request: async (name: string, ...rest: [Given] | [{ ifAvailable: boolean }, Given]) => {
      const run = rest.at(-1) as Given;
      if (held.has(name)) return run(null);
      held.add(name);
      try {
        return await run({ name });
      } finally {
        held.delete(name);
      }
    },
  };
};

const drawers: OutboxDrawer[] = [];
afterEach(() => {
  for (const one of drawers.splice(0)) one.close();
});
let databases = 0;

describe.each([
  ['with Web Locks', true],
  ['with leases', false],
])('what is unsent, %s', (_, hasLocks) => {
  const stage = () => {
    Object.defineProperty(globalThis, 'navigator', {
      value: hasLocks ? { locks: locks() } : {},
      configurable: true,
    });
    const storage = indexedDBStorage({ name: `test-${databases++}` });
    return async (user = 'u:ann') => {
      const drawer = await storage.open(user);
      drawers.push(drawer);
      return drawer;
    };
  };
  const keysOf = (records: OutboxRecord[]) => records.map(({ key }) => key).sort();

  test('is one tab’s as long as that lives, and then one other’s', async () => {
    const open = stage();
    const [first, second, third] = [await open(), await open(), await open()];
    await first.put(record('one'));
    await first.put(record('two'));
    await first.remove('two');
    expect(await second.claim()).toEqual([]);
    expect(await first.claim()).toEqual([]);
    first.close();
    const claims = await Promise.all([second.claim(), third.claim()]);
    expect(claims.map(keysOf).sort()).toEqual([[], ['one']]);
  });

  test('is kept though the browser closed the database', async () => {
    const open = stage();
    const drawer = await open();
    await drawer.put(record('one'));
    const { transaction } = IDBDatabase.prototype;
    const closed = new Set<IDBDatabase>();
    IDBDatabase.prototype.transaction = function (...asked) {
      if (closed.size === 0) closed.add(this);
      if (closed.has(this)) throw new DOMException('the database was closed', 'InvalidStateError');
      return transaction.apply(this, asked);
    };
    try {
      await Promise.all([drawer.put(record('two')), drawer.put(record('three'))]);
    } finally {
      IDBDatabase.prototype.transaction = transaction;
    }
    const next = await open();
    drawer.close();
    expect(keysOf(await next.claim())).toEqual(['one', 'three', 'two']);
    await expect(drawer.put(record('four'))).rejects.toMatchObject({ name: 'InvalidStateError' });
  });

  test('is kept as it was last put, and shown to its user alone', async () => {
    const open = stage();
    const first = await open();
    await first.put(record('one'));
    await first.put({ ...record('one'), after: 7 });
    first.close();
    const bob = await open('u:bob');
    expect(await bob.claim()).toEqual([]);
    const again = await open();
    expect(await again.claim()).toEqual([{ ...record('one'), after: 7 }]);
  });
});

test('a lease that nobody renews runs out', async () => {
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  const storage = indexedDBStorage({ name: `test-${databases++}` });
  const now = Date.now;
  try {
    const first = await storage.open('u:ann');
    drawers.push(first);
    await first.put(record('one'));
    const second = await storage.open('u:ann');
    drawers.push(second);
    expect(await second.claim()).toEqual([]);
    Date.now = () => now() + 31_000;
    expect((await second.claim()).map(({ key }) => key)).toEqual(['one']);
  } finally {
    Date.now = now;
  }
});

test('a page that is closed gives its lease back', async () => {
  const window = new EventTarget();
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis, 'window', { value: window, configurable: true });
  try {
    const storage = indexedDBStorage({ name: `test-${databases++}` });
    const [first, second] = [await storage.open('u:ann'), await storage.open('u:ann')];
    drawers.push(first, second);
    await first.put(record('one'));
    expect(await second.claim()).toEqual([]);
    window.dispatchEvent(new Event('pagehide'));
    expect((await second.claim()).map(({ key }) => key)).toEqual(['one']);
  } finally {
    Reflect.deleteProperty(globalThis, 'window');
  }
});
