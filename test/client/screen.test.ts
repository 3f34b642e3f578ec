import { afterEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../client/chat.ts';
import { createTestServer } from '../../client/testing/index.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const stage = async (more: { autoDelivered?: boolean } = {}) => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const id = server.group('climbing', ann, bob);
  const { options, line } = ann.device();
  const parley = connect({ ...options, ...more });
  ends.push(parley.close, server.stop);
  await server.clock.advance(1_000);
  await parley.ready;
  return { server, bob, id, line, parley, view: parley.conversation(id) };
};

test('who looks at a conversation that he is taken out of is told that it does not exist', async () => {
  const { server, bob, parley } = await stage();
  const id = server.group('fishing', bob, server.user('cid'));
  bob.request('POST', `/v1/conversations/${id}/members`, { user: parley.me?.user.id });
  await server.clock.advance(1_000);
  const view = parley.conversation(id);
  view.open();
  await server.clock.advance(1_000);
  expect(view.get().error).toBeUndefined();
  bob.request('DELETE', `/v1/conversations/${id}/members/${parley.me?.user.id}`);
  await server.clock.advance(5_000);
  expect(view.get().error).toMatchObject({ code: 'not-found' });
});

describe('the list', () => {
  test('comes however long the server cannot give it', async () => {
    const server = createTestServer();
    const [ann, bob] = [server.user('ann'), server.user('bob')];
    server.group('climbing', ann, bob);
    server.interfere(({ what, content: { path } }) =>
      what === 'GET' && String(path) === '/v1/conversations' ? 'unavailable' : undefined,
    );
    const parley = connect(ann.device().options);
    ends.push(parley.close, server.stop);
    await server.clock.advance(300_000);
    expect(parley.conversations.get().loading).toBe(true);
    server.interfere(undefined);
    await server.clock.advance(30_000);
    expect(parley.conversations.get()).toMatchObject({ loading: false, items: [{ title: 'climbing' }] });
  });
});

describe('the unread line', () => {
  const unread = async () => {
    const staged = await stage();
    const { server, bob, id, view } = staged;
    const { seq } = bob.say(id, 'first');
    bob.say(id, 'second');
    await server.clock.advance(1_000);
    const leave = view.open();
    await server.clock.advance(1_000);
    expect(view.get().unreadLine).toBe(seq);
    view.markRead();
    await server.clock.advance(1_000);
    return { ...staged, seq, leave };
  };

  test('is known before anything can be taken for read', async () => {
    // Who tells that a message came learns by that how far he has read.
    const { server, bob, id, view } = await stage({ autoDelivered: false });
    const { seq } = bob.say(id, 'first');
    await server.clock.advance(1_000);
    server.interfere(({ what, content: { path } }) =>
      what === 'GET' && String(path).endsWith('/receipts') ? 'unavailable' : undefined,
    );
    view.open();
    await server.clock.advance(100);
    expect(view.get()).toMatchObject({ loading: true, unreadLine: undefined });
    server.interfere(undefined);
    await server.clock.advance(20_000);
    expect(view.get()).toMatchObject({ loading: false, unreadLine: seq });
  });

  test('stays where the first opening drew it, whoever opens it too', async () => {
    const { server, bob, id, view, seq, leave } = await unread();
    const leaveOther = view.open();
    await server.clock.advance(1_000);
    expect(view.get().unreadLine).toBe(seq);
    bob.say(id, 'third');
    await server.clock.advance(1_000);
    const leaveThird = view.open();
    await server.clock.advance(1_000);
    expect(view.get().unreadLine).toBe(seq);
    leave();
    leaveOther();
    expect(view.get().unreadLine).toBe(seq);
    leaveThird();
  });

  test('stays over a reconnect that missed too much', async () => {
    const { server, bob, id, line, view, seq } = await unread();
    line.offline();
    await server.clock.advance(1_000);
    for (let i = 0; i < 200; i++) bob.say(id, `missed ${i}`);
    line.online();
    await server.clock.advance(5_000);
    expect(view.get().head).toBe(server.log(id).length);
    await view.jumpTo(seq);
    expect(view.get().unreadLine).toBe(seq);
  });

  test('is drawn anew once everybody has left', async () => {
    const { server, bob, id, view, seq, leave } = await unread();
    const leaveOther = view.open();
    leave();
    leave();
    const third = bob.say(id, 'third');
    await server.clock.advance(1_000);
    view.open()();
    await server.clock.advance(1_000);
    expect(view.get().unreadLine).toBe(seq);
    leaveOther();
    view.open();
    await server.clock.advance(1_000);
    expect(view.get().unreadLine).toBe(third.seq);
  });
});

describe('names', () => {
  const failing = async () => {
    const staged = await stage();
    const { server } = staged;
    const asked: number[] = [];
    let isAway = true;
    server.interfere(({ what, content: { path } }) => {
      if (what !== 'GET' || path !== '/v1/users') return undefined;
      asked.push(server.clock.now());
      return isAway ? 'unavailable' : undefined;
    });
    const mend = () => {
      isAway = false;
    };
    return { ...staged, asked, mend };
  };

  test('are asked for again where that failed, one request at a time', async () => {
    const { server, bob, parley, asked, mend } = await failing();
    expect(parley.users.name(bob.id)).toBeUndefined();
    await server.clock.advance(120_000);
    const tried = asked.length;
    expect(tried).toBeGreaterThan(6);
    // Somebody shows it at every render.
    for (let i = 0; i < 1_000; i++) {
      parley.users.name(bob.id);
      await server.clock.advance(60);
    }
    expect(asked.length).toBeLessThan(2 * tried);
    mend();
    await server.clock.advance(30_000);
    expect(parley.users.name(bob.id)).toBe('bob');
    const last = asked.length;
    await server.clock.advance(60_000);
    expect(asked).toHaveLength(last);
  });

  test('that are refused are asked for again at a later look, and not at every one', async () => {
    const { server, bob, parley } = await stage();
    let asked = 0;
    server.interfere(({ what, content: { path } }) =>
      what === 'GET' && path === '/v1/users' && asked++ === 0 ? 'forbidden' : undefined,
    );
    for (let i = 0; i < 100; i++) {
      parley.users.name(bob.id);
      await server.clock.advance(60);
    }
    expect(asked).toBe(1);
    await server.clock.advance(60_000);
    expect(parley.users.name(bob.id)).toBe('bob');
  });

  test('that do not exist are asked for once', async () => {
    const { server, parley } = await stage();
    let asked = 0;
    server.interfere(({ what, content: { path } }) => {
      if (what === 'GET' && path === '/v1/users') asked++;
      return undefined;
    });
    for (let i = 0; i < 3; i++) {
      parley.users.name('u:NobodyAAAAAAAAAAAAAAAA');
      await server.clock.advance(60_000);
    }
    expect(asked).toBe(1);
  });
});
