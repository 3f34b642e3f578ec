import { describe, expect, test } from '@jest/globals';
import { connection } from '../../client/connection/connection.ts';
import { tokens } from '../../client/connection/token.ts';
import { ParleyError } from '../../client/error.ts';
import { fakeClock } from '../../client/testing/clock.ts';
import type { ConnectionChange } from '../../client/types/connection.ts';
import type { Signal } from '../../client/types/environment.ts';
import { scriptedSockets } from './scripted.ts';

/** A JWT that ends so many seconds from the beginning of the fake time. */
const start = 1_795_000_000_000;
let made = 0;
const tokenFor = (seconds: number) =>
  `e30.${btoa(JSON.stringify({ exp: start / 1000 + seconds, n: made++ })).replace(/=/g, '')}.c2ln`;

const stage = (
  options: {
    getToken?: () => string | Promise<string>;
    me?: () => unknown;
    heartbeat?: number;
    onState?: (change: ConnectionChange) => void;
  } = {},
) => {
  const clock = fakeClock(start);
  const sockets = scriptedSockets();
  const changes: ConnectionChange[] = [];
  const asked: string[] = [];
  let opened = 0;
  let signal: (one: Signal) => void = () => {};
  const line = connection({
    url: 'wss://parley.test',
    clock,
    // The longest wait that the jitter allows.
    random: () => 1,
    WebSocket: sockets.WebSocket,
    surroundings: {
      listen: (listener) => {
        signal = listener;
        return () => {};
      },
    },
    tokens: tokens(options.getToken ?? (() => tokenFor(86_400)), clock),
    request: async <Reply>(_method: string, path: string) => {
      asked.push(path);
      return (options.me?.() ?? {}) as Reply;
    },
    heartbeat: options.heartbeat ?? 30,
    onState: (change) => {
      changes.push(change);
      options.onState?.(change);
    },
    onFrame: () => {},
    onOpen: () => opened++,
  });
  const opens = () => opened;
  return { clock, sockets, changes, asked, line, opens, signal: (one: Signal) => signal(one) };
};
const steps = (changes: ConnectionChange[]) =>
  changes.map(({ previous, current }) => `${previous} ${current}`);

describe('the connection', () => {
  test('goes from idle to connected, and shows the token where a browser can', async () => {
    const { clock, sockets, changes, line } = stage({ getToken: () => 'a.b.c' });
    line.connect();
    await clock.settle();
    expect(sockets.last().protocols).toEqual(['chat.v1', 'bearer.a.b.c']);
    sockets.last().open();
    expect(steps(changes)).toEqual(['idle connecting', 'connecting connected']);
    expect(sockets.last().sent).toEqual([{ action: 'ping', id: '1', every: 30 }]);
  });

  test('waits twice as long after each failure, up to 20 s, and tells for how long', async () => {
    const { clock, sockets, changes, line } = stage();
    line.connect();
    for (let i = 0; i < 8; i++) {
      await clock.settle();
      sockets.last().drop();
      await clock.settle();
      await clock.advance(changes.at(-1)?.retryInMs ?? 0);
    }
    const waits = changes.flatMap(({ retryInMs }) => retryInMs || []);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
    expect(changes.every(({ current }) => current === 'connecting')).toBe(true);
  });

  test('forgets its failures only after a connection that held', async () => {
    const { clock, sockets, changes, line } = stage();
    const live = async (ms: number) => {
      await clock.advance(changes.at(-1)?.retryInMs ?? 0);
      sockets.last().open();
      await clock.advance(ms);
      sockets.last().drop();
      await clock.settle();
      return changes.at(-1)?.retryInMs;
    };
    line.connect();
    expect(await live(100)).toBe(500);
    expect(await live(100)).toBe(1_000);
    expect(await live(100)).toBe(2_000);
    expect(await live(10_000)).toBe(500);
  });

  test('is not back before the server wants it', async () => {
    const { clock, sockets, changes, line } = stage();
    line.connect();
    await clock.settle();
    sockets.last().open();
    sockets.last().say({ type: 'goodbye', code: 'silent', reconnect: true, afterMs: 7_000 });
    sockets.last().drop();
    await clock.settle();
    expect(changes.at(-1)).toMatchObject({ current: 'reconnecting', retryInMs: 7_500 });
  });

  test('asks for the reason after two failed handshakes: the way', async () => {
    const { clock, sockets, asked, changes, line } = stage();
    line.connect();
    await clock.settle();
    sockets.last().drop();
    await clock.settle();
    expect(asked).toEqual([]);
    await clock.advance(500);
    sockets.last().drop();
    await clock.settle();
    expect(asked).toEqual(['/v1/me']);
    expect(changes.at(-1)).toMatchObject({ current: 'connecting', reason: { code: 'unreachable' } });
  });

  test('asks for the reason after two failed handshakes: an expired token is asked for anew', async () => {
    const given: string[] = [];
    const getToken = () => {
      given.push(tokenFor(86_400));
      return given.at(-1) ?? '';
    };
    const me = () => {
      throw new ParleyError('token-expired', 'expired');
    };
    const { clock, sockets, line } = stage({ getToken, me });
    line.connect();
    await clock.settle();
    sockets.last().drop();
    await clock.advance(500);
    sockets.last().drop();
    await clock.settle();
    await clock.advance(1_000);
    expect(sockets.all.map(({ protocols }) => protocols[1])).toEqual([
      `bearer.${given[0]}`,
      `bearer.${given[0]}`,
      `bearer.${given[1]}`,
    ]);
  });

  test.each([
    ['the device was revoked', new ParleyError('revoked', 'revoked')],
    ['the origin may not', new ParleyError('forbidden', 'forbidden')],
  ])('gives up where %s', async (_, error) => {
    const me = () => {
      throw error;
    };
    const { clock, sockets, changes, line } = stage({ me });
    line.connect();
    await clock.settle();
    sockets.last().drop();
    await clock.advance(500);
    sockets.last().drop();
    await clock.settle();
    expect(changes.at(-1)).toMatchObject({ current: 'failed', reason: error });
    expect(clock.next()).toBeUndefined();
  });

  test('gives up where the same token is given after it was refused', async () => {
    const me = () => {
      throw new ParleyError('token-expired', 'expired');
    };
    const { clock, sockets, changes, line } = stage({ me, getToken: () => 'a.b.c' });
    line.connect();
    await clock.settle();
    sockets.last().drop();
    await clock.advance(500);
    sockets.last().drop();
    await clock.advance(1_000);
    expect(changes.at(-1)).toMatchObject({ current: 'failed', reason: { code: 'token-expired' } });
  });

  test('tries again where getToken fails, and ends where it says so', async () => {
    const errors = [new Error('away'), new ParleyError('unauthorized', 'signed out')];
    const { clock, changes, line } = stage({
      getToken: () => {
        throw errors.shift();
      },
    });
    line.connect();
    await clock.settle();
    expect(changes.at(-1)).toMatchObject({ current: 'connecting', retryInMs: 500 });
    await clock.advance(500);
    expect(changes.at(-1)).toMatchObject({ current: 'failed', reason: { code: 'unauthorized' } });
  });

  test('a dead line is noticed within two heartbeats', async () => {
    const { clock, sockets, changes, line } = stage({ heartbeat: 20 });
    line.connect();
    await clock.settle();
    const socket = sockets.last();
    socket.open();
    socket.answer('ping', { type: 'pong', inbox: { epoch: 'e', version: 1 } });
    await clock.advance(39_999);
    expect(changes.at(-1)?.current).toBe('connected');
    await clock.advance(1);
    expect(changes.at(-1)?.current).toBe('reconnecting');
    expect(socket.isClosed).toBe(true);
  });

  test('a planned change opens the new line before it closes the old one', async () => {
    const { clock, sockets, changes, line } = stage();
    line.connect();
    await clock.settle();
    const old = sockets.last();
    old.open();
    old.answer('ping', { type: 'pong', inbox: { epoch: 'e', version: 1 } });
    old.say({ type: 'goodbye', code: 'lifetime', reconnect: true, afterMs: 5_000 });
    await clock.advance(4_999);
    expect(sockets.all).toHaveLength(1);
    await clock.advance(1);
    expect(sockets.all).toHaveLength(2);
    expect(old.isClosed).toBe(false);
    sockets.last().open();
    expect(old.isClosed).toBe(true);
    expect(changes).toHaveLength(2);
  });

  test('a token is renewed on the same line, and a token of another device on another line', async () => {
    const given = [tokenFor(600), tokenFor(1_200), tokenFor(1_800)];
    const left = [...given];
    const { clock, sockets, changes, line } = stage({ getToken: () => left.shift() ?? '' });
    line.connect();
    await clock.settle();
    const old = sockets.last();
    old.open();
    const answer = () => old.answer('ping', { type: 'pong', inbox: { epoch: 'e', version: 1 } });
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds; i += 10) {
        answer();
        await clock.advance(10_000);
      }
    };
    const refreshed = () => old.sent.findLast(({ action }) => action === 'refreshToken')?.token;
    await pass(540);
    expect(refreshed()).toBe(given[1]);
    old.answer('refreshToken', { type: 'ok', expiresAt: start + 1_200_000 });
    await clock.settle();
    await pass(600);
    expect(refreshed()).toBe(given[2]);
    old.answer('refreshToken', {
      type: 'error',
      code: 'forbidden',
      message: 'another device',
      retryable: false,
    });
    await clock.advance(0);
    expect(sockets.last().protocols[1]).toBe(`bearer.${given[2]}`);
    sockets.last().open();
    expect(changes).toHaveLength(2);
  });

  test('asks for one token at a time', async () => {
    let asked = 0;
    const clock = fakeClock();
    const gate = Promise.withResolvers<string>();
    const all = tokens(() => {
      asked++;
      return gate.promise;
    }, clock);
    const both = Promise.all([all.get(), all.get(), all.renew('expiring')]);
    gate.resolve('a.b.c');
    expect(await both).toEqual(['a.b.c', 'a.b.c', 'a.b.c']);
    expect(asked).toBe(1);
  });

  test.each(['online', 'visible'] as const)('does not wait once the page is %s', async (one) => {
    const { clock, sockets, line, signal } = stage();
    line.connect();
    await clock.settle();
    sockets.last().drop();
    await clock.settle();
    signal(one);
    await clock.settle();
    expect(sockets.all).toHaveLength(2);
  });

  test('sleeps while the page is put away, and wakes with it', async () => {
    const { clock, sockets, changes, line, signal } = stage();
    line.connect();
    await clock.settle();
    sockets.last().open();
    signal('hide');
    expect(sockets.last().isClosed).toBe(true);
    expect(changes.at(-1)?.current).toBe('reconnecting');
    await clock.advance(3_600_000);
    expect(sockets.all).toHaveLength(1);
    signal('show');
    await clock.settle();
    expect(sockets.all).toHaveLength(2);
  });

  test.each([
    ['the network comes back', 'online'],
    ['the page comes into view', 'visible'],
  ] as const)('does not wait for an attempt that hangs where %s', async (_what, told) => {
    const { clock, sockets, changes, line, signal } = stage();
    line.connect();
    await clock.settle();
    const hanging = sockets.last();
    signal(told);
    await clock.settle();
    const next = sockets.last();
    expect(next).not.toBe(hanging);
    next.open();
    expect(changes.at(-1)?.current).toBe('connected');
    hanging.open();
    expect(hanging.isClosed).toBe(true);
    expect(changes.at(-1)?.current).toBe('connected');
    line.connect();
    await clock.settle();
    expect(sockets.last()).toBe(next);
  });

  test('leaves nothing behind when it is closed', async () => {
    const { clock, sockets, changes, line } = stage();
    line.connect();
    await clock.settle();
    sockets.last().open();
    line.close();
    expect(sockets.last().isClosed).toBe(true);
    expect(changes.at(-1)?.current).toBe('closed');
    expect(clock.next()).toBeUndefined();
  });

  test('leaves no socket open when it is closed during a planned change', async () => {
    const { clock, sockets, line } = stage();
    line.connect();
    await clock.settle();
    sockets.last().open();
    for (let i = 0; i < 2; i++) {
      sockets.last().say({ type: 'goodbye', code: 'lifetime', reconnect: true, afterMs: 0 });
      await clock.advance(0);
      sockets.last().open();
    }
    sockets.last().say({ type: 'goodbye', code: 'lifetime', reconnect: true, afterMs: 0 });
    await clock.advance(0);
    // Two that wait for an answer, the one in use, and a handshake.
    expect(sockets.all.map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
    line.close();
    expect(sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, true, true, true]);
    expect(clock.next()).toBeUndefined();
  });

  test('the old line of a planned change waits 5 s for its answers', async () => {
    const { clock, sockets, line } = stage();
    line.connect();
    await clock.settle();
    const old = sockets.last();
    old.open();
    old.say({ type: 'goodbye', code: 'lifetime', reconnect: true, afterMs: 0 });
    await clock.advance(0);
    sockets.last().open();
    await clock.advance(4_999);
    expect(old.isClosed).toBe(false);
    await clock.advance(1);
    expect(old.isClosed).toBe(true);
    expect(sockets.last().isClosed).toBe(false);
  });

  test.each(['close', 'hide'] as const)('gives up a handshake at once: %s', async (how) => {
    const { clock, sockets, line, signal } = stage();
    line.connect();
    await clock.settle();
    if (how === 'close') line.close();
    else signal('hide');
    expect(sockets.last().isClosed).toBe(true);
    expect(clock.next()).toBeUndefined();
  });

  test('a listener that closes it in the middle is the last to hear that it opened', async () => {
    const { clock, sockets, changes, line, opens } = stage({
      onState: ({ current }) => current === 'connected' && line.close(),
    });
    const seen: string[] = [];
    line.changes.onChange(() => seen.push(line.changes.get().current));
    line.connect();
    await clock.settle();
    sockets.last().open();
    expect(opens()).toBe(0);
    expect(steps(changes)).toEqual(['idle connecting', 'connecting connected', 'connected closed']);
    expect(seen).not.toContain('connected');
    expect(seen.at(-1)).toBe('closed');
    expect(sockets.last().isClosed).toBe(true);
    expect(clock.next()).toBeUndefined();
  });

  test('a listener that closes it before it opens ends it there', async () => {
    const { clock, sockets, changes, line } = stage({
      onState: ({ current }) => current === 'connecting' && line.close(),
    });
    line.connect();
    await clock.settle();
    expect(sockets.all).toEqual([]);
    expect(steps(changes)).toEqual(['idle connecting', 'connecting closed']);
  });
});
