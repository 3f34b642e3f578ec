import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestServer, fakeClock, type TestDevice, type TestServer } from '../../client/testing/index.ts';

/** What the double promises beside the protocol: time, lines that fail, and ends that the real one has too. */
// biome-ignore lint/suspicious/noExplicitAny: frames of every kind
type Frame = Record<string, any>;
type Raw = { frames: Frame[]; ended: number[]; send(frame: Frame | string): void; close(): void };

let server: TestServer;
beforeEach(() => {
  server = createTestServer();
});
afterEach(() => server.stop());

/** A socket without an SDK. */
const open = async ({ options }: TestDevice, url = options.url, protocols?: string[]): Promise<Raw> => {
  const socket = new options.WebSocket(url, protocols ?? ['chat.v1', `bearer.${options.getToken()}`]);
  const raw: Raw = {
    frames: [],
    ended: [],
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    close: () => socket.close(),
  };
  socket.onmessage = ({ data }: { data: string }) => raw.frames.push(JSON.parse(data));
  socket.onclose = ({ code }: { code: number }) => raw.ended.push(code);
  await server.clock.settle();
  return raw;
};
const texts = ({ frames }: Raw) => frames.flatMap(({ type, text }) => (type === 'message.new' ? [text] : []));

describe('the fake clock', () => {
  test('calls in the order of time, and lets each be over before the next', async () => {
    const clock = fakeClock();
    const from = clock.now();
    const calls: [string, number][] = [];
    const call = (name: string, ms: number) =>
      clock.setTimeout(() => calls.push([name, clock.now() - from]), ms);
    call('second', 20);
    call('first', 10);
    clock.clearTimeout(call('never', 5));
    clock.setTimeout(() => void Promise.resolve().then(() => call('third', 15)), 10);
    expect(clock.next()).toBe(10);
    await clock.advance(24);
    expect(calls).toEqual([
      ['first', 10],
      ['second', 20],
    ]);
    await clock.advance(1);
    expect(calls.at(-1)).toEqual(['third', 25]);
    expect([clock.now() - from, clock.next()]).toEqual([25, undefined]);
  });
});

describe('a line', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `text ${i}`);
  const talk = async (faults: Parameters<TestDevice['line']['set']>[0]) => {
    const phone = server.user('ann').device();
    const raw = await open(phone);
    phone.line.set(faults);
    for (const text of ten) server.user('bob').say(server.user('ann'), text);
    await server.clock.advance(10_000);
    return texts(raw);
  };

  test('delays, and keeps the order', async () => {
    expect(await talk({ delayMs: [10, 2_000] })).toEqual(ten);
  });

  test('reorders', async () => {
    const came = await talk({ delayMs: [10, 2_000], reorder: true });
    expect(came).not.toEqual(ten);
    expect(came.sort()).toEqual(ten);
  });

  test('doubles and loses what is pushed', async () => {
    const doubled = await talk({ duplicate: 0.5 });
    expect(doubled.length).toBeGreaterThan(ten.length);
    expect([...new Set(doubled)]).toEqual(ten);
    expect((await talk({ lose: 0.5 })).length).toBeLessThan(ten.length);
  });

  test('ends, is silent, and is away', async () => {
    const phone = server.user('ann').device();
    const [one, two] = [await open(phone), await open(phone)];
    phone.line.cut();
    expect([one.ended, two.ended, phone.connections()]).toEqual([[1006], [1006], 0]);
    const three = await open(phone);
    phone.line.silence();
    three.send({ action: 'ping', id: '1' });
    server.user('bob').say(server.user('ann'), 'hello?');
    await server.clock.advance(10_000);
    expect([three.frames, three.ended, phone.connections()]).toEqual([[], [], 1]);
    phone.line.offline();
    await expect(phone.options.fetch('https://parley.test/v1/me')).rejects.toThrow(TypeError);
    expect((await open(phone)).ended).toEqual([1006]);
  });
});

describe('the server', () => {
  test('lets in by token or ticket, and nobody else', async () => {
    const phone = server.user('ann').device();
    const { ticket } = server.user('ann').request<{ ticket: string }>('POST', '/v1/tickets');
    expect((await open(phone, `${server.url}?ticket=${ticket}`, [])).ended).toEqual([]);
    expect((await open(phone, `${server.url}?ticket=${ticket}`, [])).ended).toEqual([1006]);
    expect((await open(phone, server.url, ['chat.v1'])).ended).toEqual([1006]);
    phone.expire();
    const { getToken } = phone.options;
    expect((await open(phone, server.url, ['chat.v1', `bearer.${getToken()}`])).ended).toEqual([]);
    phone.revoke();
    expect((await open(phone)).ended).toEqual([1006]);
  });

  test('closes on a frame that is too large, as API Gateway does', async () => {
    const raw = await open(server.user('ann').device());
    raw.send('x'.repeat(32_769));
    await server.clock.settle();
    expect(raw.ended).toEqual([1009]);
  });

  test('says goodbye to the silent, and believes the quiet', async () => {
    const [ann, bob] = [server.user('ann'), server.user('bob')];
    const watcher = await open(ann.device());
    watcher.send({ action: 'watchPresence', users: [bob.id] });
    const silent = await open(bob.device());
    silent.send({ action: 'ping', every: 5 });
    await server.clock.advance(16_000);
    expect(silent.frames.at(-1)).toMatchObject({ type: 'goodbye', code: 'silent', reconnect: true });
    expect(silent.ended).toEqual([1000]);
    const told = () =>
      watcher.frames.flatMap(({ type, users }) => (type === 'presence' ? [users[0].online] : []));
    expect(told()).toEqual([false, true]);
    await server.clock.advance(20_000);
    expect(told()).toEqual([false, true, false]);
    expect(watcher.ended).toEqual([]);
  });

  test('says goodbye to the oldest of too many', async () => {
    const ann = server.user('ann');
    const all: Raw[] = [];
    for (let i = 0; i < 51; i++) all.push(await open(ann.device()));
    expect(all[0]?.frames.at(-1)).toMatchObject({ type: 'goodbye', code: 'too-many' });
    expect(all.filter(({ ended }) => ended.length > 0)).toHaveLength(1);
  });

  test('forgets connections and inboxes, and knows them again by a sync', async () => {
    const phone = server.user('ann').device();
    const raw = await open(phone);
    server.forget();
    raw.send({ action: 'ping', id: '1' });
    raw.send({ action: 'sync', id: '2' });
    raw.send({ action: 'ping', id: '3' });
    await server.clock.settle();
    expect(raw.frames.map(({ type, code }) => code ?? type)).toEqual(['unknown-connection', 'sync', 'pong']);
    expect(phone.connections()).toBe(1);
  });

  test('repeats itself with the same seed', async () => {
    const play = async (seed: number) => {
      const one = createTestServer({ seed });
      const phone = one.user('ann').device();
      phone.line.set({ delayMs: [0, 500], reorder: true, lose: 0.2 });
      const { options } = phone;
      const socket = new options.WebSocket(options.url, ['chat.v1', `bearer.${options.getToken()}`]);
      const came: string[] = [];
      socket.onmessage = ({ data }: { data: string }) => came.push(data);
      await one.clock.advance(1_000);
      for (let i = 0; i < 20; i++) one.user('bob').say(one.user('ann'), `text ${i}`);
      await one.clock.advance(1_000);
      one.stop();
      return came;
    };
    expect(await play(7)).toEqual(await play(7));
    expect(await play(7)).not.toEqual(await play(8));
  });
});
