import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Chat, type ConnectOptions, connect } from '../../client/chat.ts';
import {
  createTestServer,
  type TestDevice,
  type TestServer,
  type TestUser,
} from '../../client/testing/index.ts';

/** What a page shows when something fails, and where the server does not tell by itself. */
let server: TestServer;
const chats: Chat[] = [];
beforeEach(() => {
  server = createTestServer();
});
afterEach(() => {
  for (const chat of chats.splice(0)) chat.close();
  server.stop();
});

const enter = async ({ options }: Pick<TestDevice, 'options'>, more: Partial<ConnectOptions> = {}) => {
  const chat = connect({ ...options, ...more });
  chats.push(chat);
  await server.clock.advance(100);
  await chat.ready;
  return chat;
};
const some = (count: number) =>
  Array.from({ length: count }, (_, i) => server.user(`person ${i}`)) as [TestUser, ...TestUser[]];
/** How often receipts are asked for. */
const countReceipts = () => {
  const counted = { times: 0 };
  server.interfere(({ what, content }) => {
    if (what === 'GET' && String(content.path).endsWith('/receipts')) counted.times++;
    return undefined;
  });
  return counted;
};

describe('ticks in a group whose receipts are not pushed', () => {
  const talk = async (count: number) => {
    const [me, ...others] = some(count);
    const id = server.group('large', me, ...others);
    const chat = await enter(me.device());
    const view = chat.conversation(id);
    const close = view.open();
    await server.clock.advance(1_000);
    const { seq } = await view.send('hello all').sent;
    await server.clock.settle();
    return { others, id, view, seq, close };
  };

  test('are asked for while they are looked at, soon after something happened', async () => {
    const { others, id, view, seq } = await talk(33);
    const read = (user: TestUser) => user.ask({ action: 'markRead', conversation: id, seq });
    for (const user of others) read(user);
    await server.clock.advance(14_000);
    expect(view.get().others.read).toBe(0);
    await server.clock.advance(1_000);
    expect(view.get().others).toEqual({ delivered: seq, read: seq });
    // All is known: nobody is asked any more.
    const asked = countReceipts();
    others[0]?.say(id, 'hello you');
    await server.clock.advance(600_000);
    expect(asked.times).toBe(0);
  });

  test('are asked for ever less often, until something happens again or nobody looks', async () => {
    const asked = countReceipts();
    const { others, id, close } = await talk(33);
    asked.times = 0;
    await server.clock.advance(600_000);
    expect(asked.times).toBe(5);
    for (let i = 0; i < 30; i++) {
      others[0]?.say(id, `number ${i}`);
      await server.clock.advance(1_000);
    }
    expect(asked.times).toBe(7);
    close();
    await server.clock.advance(600_000);
    expect(asked.times).toBe(7);
  });

  test('leave nothing behind that would keep a program alive', async () => {
    await talk(33);
    for (const chat of chats) chat.close();
    server.stop();
    expect(server.clock.next()).toBeUndefined();
  });

  test('are asked for again after the line was away', async () => {
    const { others, id, view, seq } = await talk(33);
    await server.clock.advance(600_000);
    for (const user of others) user.ask({ action: 'markRead', conversation: id, seq });
    server.restart();
    await server.clock.advance(60_000);
    expect(view.get().others.read).toBe(seq);
  });

  test('say no more than sent where not everybody is known, and ask for nothing', async () => {
    const asked = countReceipts();
    const { others, id, view, seq } = await talk(101);
    asked.times = 0;
    for (const user of others) user.ask({ action: 'markRead', conversation: id, seq });
    await server.clock.advance(600_000);
    expect(view.get().others).toEqual({ delivered: 0, read: 0 });
    expect(asked.times).toBe(0);
    const pending = view.receipts(seq);
    await server.clock.settle();
    expect(await pending).toHaveLength(100);
  });

  test('are pushed in a smaller one', async () => {
    const asked = countReceipts();
    const { others, id, view, seq } = await talk(32);
    asked.times = 0;
    for (const user of others) user.ask({ action: 'markRead', conversation: id, seq });
    await server.clock.settle();
    expect(view.get().others.read).toBe(seq);
    await server.clock.advance(600_000);
    expect(asked.times).toBe(0);
  });
});

describe('what could not be loaded', () => {
  const stage = async () => {
    const [ann, bob] = some(2) as [TestUser, TestUser];
    const id = server.group('long', bob, ann);
    for (let seq = 2; seq <= 200; seq++) bob.say(id, `number ${seq}`);
    const phone = ann.device();
    const chat = await enter(phone);
    return { phone, view: chat.conversation(id) };
  };
  /** What is refused for good is not tried again by itself. */
  const refuse = (end: string) =>
    server.interfere(({ content }) => (String(content.path).endsWith(end) ? 'forbidden' : undefined));

  test('is told, and tried again when somebody wants it', async () => {
    const { view } = await stage();
    refuse('/receipts');
    view.open();
    await server.clock.advance(1_000);
    expect(view.get()).toMatchObject({ error: { code: 'forbidden' }, loading: false });
    view.retry();
    await server.clock.advance(1_000);
    expect(view.get().error).toMatchObject({ code: 'forbidden' });
    server.interfere(undefined);
    view.retry();
    await server.clock.advance(1_000);
    expect(view.get()).toMatchObject({ error: undefined, members: [{}, {}] });
  });

  test('is told of each direction, and forgotten where the view goes elsewhere', async () => {
    const { view } = await stage();
    view.open();
    await server.clock.advance(1_000);
    refuse('/messages');
    await expect(view.loadOlder()).rejects.toMatchObject({ code: 'forbidden' });
    expect(view.get()).toMatchObject({ error: { code: 'forbidden' }, hasOlder: true, loading: false });
    server.interfere(undefined);
    view.retry();
    await server.clock.settle();
    expect(view.get().error).toBeUndefined();
    expect(view.get().items).toHaveLength(100);

    await view.jumpTo(20);
    refuse('/messages');
    await expect(view.loadNewer()).rejects.toMatchObject({ code: 'forbidden' });
    expect(view.get().error).toMatchObject({ code: 'forbidden' });
    await expect(view.jumpTo(60)).rejects.toMatchObject({ code: 'forbidden' });
    view.jumpToNewest();
    expect(view.get()).toMatchObject({ error: undefined, hasNewer: false });
    expect(view.get().items).toHaveLength(100);
  });

  test('and what is loaded twice is shown once', async () => {
    const [ann, bob] = some(2) as [TestUser, TestUser];
    const id = server.group('long', bob, ann);
    for (let seq = 2; seq <= 200; seq++) bob.say(id, `number ${seq}`);
    const { options } = ann.device();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let isHeldBack = false;
    const fetcher: typeof fetch = async (...asked) => {
      const isLate = isHeldBack;
      isHeldBack = false;
      if (isLate) await released;
      return options.fetch(...asked);
    };
    const view = (await enter({ options }, { fetch: fetcher })).conversation(id);
    view.open();
    await server.clock.advance(1_000);
    isHeldBack = true;
    const late = view.loadOlder();
    await server.clock.settle();
    expect(isHeldBack).toBe(false);
    await view.jumpTo(5);
    view.jumpToNewest();
    expect(view.get().loading).toBe(false);
    await view.loadOlder();
    expect(view.get().items).toHaveLength(100);
    release();
    await late;
    expect(view.get().items).toHaveLength(100);
  });

  test('is tried again by itself once the line is back', async () => {
    const { phone, view } = await stage();
    view.open();
    await server.clock.advance(1_000);
    refuse('/messages');
    await expect(view.loadOlder()).rejects.toMatchObject({ code: 'forbidden' });
    server.interfere(undefined);
    phone.line.cut();
    await server.clock.advance(10_000);
    expect(view.get()).toMatchObject({ error: undefined, loading: false });
    expect(view.get().items).toHaveLength(100);
  });
});

describe('marking as delivered', () => {
  test.each([
    [true, 2],
    [false, 0],
  ])('by itself: %s', async (autoDelivered, delivered) => {
    const [ann, bob] = some(2) as [TestUser, TestUser];
    const id = server.group('climbing', ann, bob);
    const mine = (await enter(ann.device())).conversation(id);
    const theirs = (await enter(bob.device(), { autoDelivered })).conversation(id);
    mine.open();
    theirs.open();
    const { seq } = await mine.send('hello').sent;
    await server.clock.advance(60_000);
    expect(theirs.get().head).toBe(seq);
    expect(mine.get().others).toEqual({ delivered, read: 0 });
    theirs.markRead();
    await server.clock.advance(1_000);
    expect(mine.get().others).toEqual({ delivered: seq, read: seq });
  });
});

describe('the core', () => {
  /** Changes what a device is told, frame by frame and answer by answer. */
  const changing = (device: TestDevice, change: (text: string) => string): Partial<ConnectOptions> => {
    const { options } = device;
    const WebSocket = function open(url: string, protocols?: string | string[]) {
      return new Proxy(new options.WebSocket(url, protocols), {
        get: (socket, name) => {
          const value = Reflect.get(socket, name);
          return typeof value === 'function' ? value.bind(socket) : value;
        },
        set: (socket, name, value) => {
          const heard = ({ data }: { data: string }) => value({ data: change(data) });
          return Reflect.set(socket, name, name === 'onmessage' ? heard : value);
        },
      });
    } as unknown as NonNullable<ConnectOptions['WebSocket']>;
    const fetcher: typeof fetch = async (...asked) => {
      const response = await options.fetch(...asked);
      const { status, headers } = response;
      return new Response(change(await response.text()), { status, headers });
    };
    return { WebSocket, fetch: fetcher };
  };

  test('says which entries the server has lost, and goes on without them', async () => {
    const [ann, bob] = some(2) as [TestUser, TestUser];
    const id = server.group('climbing', bob, ann);
    const phone = ann.device();
    const isLost = (value: unknown) => Object(value).text === 'lost';
    const without = (_: string, value: unknown) =>
      Array.isArray(value) ? value.filter((one) => !isLost(one)) : value;
    const change = (text: string) => {
      const frame = JSON.parse(text, without);
      return isLost(frame) ? '{"type":"ok"}' : JSON.stringify(frame);
    };
    const chat = await enter(phone, changing(phone, change));
    const missing: unknown[] = [];
    chat.on('missing', (event) => missing.push(event));
    const view = chat.conversation(id);
    view.open();
    await server.clock.advance(1_000);
    for (const text of ['one', 'lost', 'two']) bob.say(id, text);
    await server.clock.advance(10_000);
    expect(missing).toEqual([{ conversation: id, seqs: [3] }]);
    expect(view.get()).toMatchObject({ head: 4, unread: { count: 2 } });
    expect(view.get().items.map(({ seq }) => seq)).toEqual([1, 2, 4]);
  });

  test('hands on what it does not know: a frame as it is, an entry in its place', async () => {
    const [ann, bob] = some(2) as [TestUser, TestUser];
    const id = server.group('climbing', bob, ann);
    const phone = ann.device();
    const change = (text: string) =>
      text
        .replace('"type":"typing"', '"type":"dancing"')
        .replace('"type":"message.new"', '"type":"poll.made"');
    const chat = await enter(phone, changing(phone, change));
    const heard: unknown[] = [];
    chat.on('unknown', ({ type, user }) => heard.push([type, user]));
    chat.on('entry', ({ type, seq }) => heard.push([type, seq]));
    chat.on('message.new', () => heard.push('a message'));
    bob.say(id, 'hello');
    bob.ask({ action: 'typing', conversation: id, active: true });
    await server.clock.advance(1_000);
    expect(heard).toEqual([
      ['poll.made', 2],
      ['dancing', bob.id],
    ]);
    expect(chat.conversation(id).get().head).toBe(2);
  });
});
