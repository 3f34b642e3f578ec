import { beforeEach, describe, expect, test } from '@jest/globals';
import { block } from '../../lib/actions/blocks/block.ts';
import { connect } from '../../lib/actions/connections/connect.ts';
import { disconnect } from '../../lib/actions/connections/disconnect.ts';
import { ping } from '../../lib/actions/connections/ping.ts';
import { refreshToken } from '../../lib/actions/connections/refresh-token.ts';
import { typing } from '../../lib/actions/connections/typing.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { readPresence } from '../../lib/actions/presence/read.ts';
import { watchPresence } from '../../lib/actions/presence/watch.ts';
import { markRead } from '../../lib/actions/receipts/mark.ts';
import { sweep } from '../../lib/actions/sweep.ts';
import { sync } from '../../lib/actions/sync/sync.ts';
import type { App } from '../../lib/app.ts';
import type { Outcome } from '../../lib/outcome.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import {
  aGroup,
  away,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
} from '../support/app.ts';
import { aConnection, aUser } from '../support/ids.ts';
import { registerIn } from '../support/registering.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let closed: Person[];

/** A person whose connection can be seen to be closed. */
const arrive = async (user?: UserId): Promise<Person> => {
  const person = await connectAs(app, user);
  app.sockets.set(person.connection, {
    receive: (frame) => person.pushed.push(JSON.parse(frame)),
    close: () => closed.push(person),
  });
  return person;
};

beforeEach(async () => {
  app = testApp();
  closed = [];
  [ann, bob] = [await arrive(), await arrive()];
});

const beat = (person: Person, every?: number) =>
  performed(app, ping(app, person, { action: 'ping', ...(every !== undefined && { every }) }));
const watch = (person: Person, ...users: UserId[]) =>
  performed(app, watchPresence(app, person, { action: 'watchPresence', users }));
const leave = async (person: Person) => {
  app.sockets.delete(person.connection);
  await disconnect(app, person);
};
const said = { action: 'sendMessage' as const, text: 'back', type: 'text' };
const sweepOnce = () => sweep(app, { once: true });

/** Time in steps of 5 s, as the sweep sees it; those who beat send a frame in each. */
const live = async (seconds: number, ...beating: Person[]) => {
  for (let passed = 0; passed < seconds; passed += 5) {
    await app.clock.pass(5_000);
    for (const person of beating) await beat(person);
    await sweepOnce();
  }
};
const toldTo = (person: Person) =>
  person.pushed.filter(({ type }) => type === 'presence').flatMap(({ users }) => users as object[]);
const goodbyesTo = (person: Person) => person.pushed.filter(({ type }) => type === 'goodbye');

describe('who watches', () => {
  test('is told how they are now, and when one was last seen', async () => {
    const carl = aUser();
    await app.seen.keep(carl, 1_700_000_000_000);
    const reply = await performed(
      app,
      watchPresence(app, ann, { action: 'watchPresence', id: '1', users: [bob.user, carl, bob.user] }),
    );
    expect(reply).toEqual({
      type: 'presence',
      id: '1',
      users: [
        { user: bob.user, online: true },
        { user: carl, online: false, lastSeen: 1_700_000_000_000 },
      ],
    });
  });

  test('is told in each pong', async () => {
    expect(await beat(ann)).not.toHaveProperty('presence');
    await watch(ann, bob.user);
    expect(await beat(ann)).toMatchObject({ presence: [{ user: bob.user, online: true }] });
    await leave(bob);
    await app.clock.pass(15_000);
    const pong = await beat(ann);
    expect(pong).toMatchObject({
      presence: [{ user: bob.user, online: false, lastSeen: expect.any(Number) }],
    });
    await watch(ann);
    expect(await beat(ann)).not.toHaveProperty('presence');
  });

  test('must be connected', async () => {
    await leave(ann);
    expect(await refusal(watch(ann, bob.user))).toMatchObject({ code: 'unknown-connection' });
  });

  test('learns nothing of whom a block keeps apart, whoever made it', async () => {
    const carl = await arrive();
    await watch(ann, carl.user);
    await block(app, bob, ann.user);
    await block(app, ann, carl.user);
    expect((await watch(ann, bob.user, carl.user)).users).toEqual([
      { user: bob.user, online: false },
      { user: carl.user, online: false },
    ]);
    expect(await beat(ann)).not.toHaveProperty('presence');
    const { reply } = await readPresence(app, ann, [bob.user, carl.user]);
    expect(reply.items.some(({ online }) => online)).toBe(false);
    await leave(bob);
    await live(40, ann);
    expect(toldTo(ann)).toEqual([]);
  });

  test('watches nobody where the blocks cannot be read', async () => {
    await block(app, bob, ann.user);
    const cut = { ...app, users: away<App['users']>() };
    expect(
      await refusal(watchPresence(cut, ann, { action: 'watchPresence', users: [bob.user] })),
    ).toMatchObject({ code: 'unavailable' });
    expect(await beat(ann)).not.toHaveProperty('presence');
  });

  test('takes from the list whom a block came in between with, once the sweep has looked', async () => {
    const cut = {
      ...app,
      presence: {
        ...app.presence,
        watch: async (...asked: Parameters<typeof app.presence.watch>) => {
          await block(app, bob, ann.user);
          return app.presence.watch(...asked);
        },
      },
    };
    await watchPresence(cut, ann, { action: 'watchPresence', users: [bob.user] });
    await app.clock.pass(6_000);
    await sweepOnce();
    expect(await beat(ann)).not.toHaveProperty('presence');
  });

  test('is no longer told once the other has blocked him', async () => {
    await watch(ann, bob.user);
    await block(app, bob, ann.user);
    await leave(bob);
    await live(40, ann);
    expect(toldTo(ann)).toEqual([]);
  });
});

describe('GET /v1/presence', () => {
  test('says who is online, and when the others were last seen', async () => {
    await leave(bob);
    const seen = app.clock.now();
    await live(30);
    app.keys.wipe();
    const carl = await arrive();
    const { reply } = await readPresence(app, ann, [bob.user, carl.user, bob.user]);
    expect(reply.items).toEqual([
      { user: bob.user, online: false, lastSeen: seen },
      { user: carl.user, online: true },
    ]);
  });
});

describe('with a heartbeat of 5 s', () => {
  beforeEach(async () => {
    await watch(ann, bob.user);
    for (const person of [ann, bob]) await beat(person, 5);
  });

  test('offline is seen within 30 s, with the time when he was last seen', async () => {
    const seen = app.clock.now();
    app.sockets.delete(bob.connection);
    await live(20, ann);
    expect(toldTo(ann)).toEqual([]);
    await live(10, ann);
    expect(toldTo(ann)).toEqual([{ user: bob.user, online: false, lastSeen: seen }]);
    await live(60, ann);
    expect(toldTo(ann)).toHaveLength(1);
  });

  test('offline is seen within 30 s also where the connection ends in order', async () => {
    await leave(bob);
    await live(10, ann);
    expect(toldTo(ann)).toEqual([]);
    await live(15, ann);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });

  test.each([
    ['is not noticed', () => undefined],
    ['is noticed', () => leave(bob)],
  ])('a drop of 10 s that %s is never told', async (_how, drop) => {
    await drop();
    await live(10, ann);
    const back = await arrive(bob.user);
    await beat(back, 5);
    await live(60, ann, back);
    expect(toldTo(ann)).toEqual([]);
    expect(await beat(ann)).toMatchObject({ presence: [{ user: bob.user, online: true }] });
  });

  test('offline is seen within 30 s also where the end is noticed late', async () => {
    await watch(ann, bob.user);
    await beat(bob, 5);
    await live(10, ann);
    await app.clock.pass(3_000);
    await leave(bob);
    await live(15, ann);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });

  test('who is silent for 15 s is told goodbye, and closed', async () => {
    await live(10, ann);
    expect(goodbyesTo(bob)).toEqual([]);
    await live(5, ann);
    expect(goodbyesTo(bob)).toMatchObject([{ code: 'silent', reconnect: true }]);
    expect(closed).toEqual([bob]);
    expect(await refusal(beat(bob))).toMatchObject({ code: 'unknown-connection' });
  });

  test('nobody who beats is ever closed or called offline', async () => {
    await live(300, ann, bob);
    expect(closed).toEqual([]);
    expect(toldTo(ann)).toEqual([]);
  });

  test('one of two devices may go', async () => {
    const tablet = await arrive(bob.user);
    await beat(tablet, 5);
    await leave(bob);
    await live(60, ann, tablet);
    expect(toldTo(ann)).toEqual([]);
    await leave(tablet);
    await live(30, ann);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });

  test('who is dropped is offline, unless he comes back', async () => {
    const carl = await arrive();
    await beat(carl, 5);
    await watch(ann, bob.user, carl.user);
    for (const { user } of [bob, carl]) await app.connections.drop(user, {});
    const back = await arrive(carl.user);
    await live(30, ann, back);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });

  test('who comes back is told at once, without the sweep', async () => {
    await leave(bob);
    await live(30, ann);
    ann.pushed.length = 0;
    const back = { ...bob, connection: aConnection() };
    await connect(app, back, { origin: undefined, allowed: [] });
    expect(toldTo(ann)).toEqual([{ user: bob.user, online: true }]);
    await beat(back, 5);
    await live(30, ann, back);
    expect(toldTo(ann)).toHaveLength(1);
  });

  test.each<[string, (back: Person, conversation: ConversationId) => Promise<Outcome<unknown>>]>([
    ['sync', (back) => sync(app, back, { action: 'sync' })],
    ['sendMessage', (back, to) => sendMessage(app, back, { ...said, conversation: to })],
    ['markRead', (back, to) => markRead(app, back, { conversation: to, seq: 1 })],
    ['typing', (back, to) => typing(app, back, { action: 'typing', conversation: to, active: true })],
    [
      'refreshToken',
      async (back) => {
        const { token } = await app.tokens.issue(back);
        return refreshToken(app, back, { action: 'refreshToken', token });
      },
    ],
    ['watchPresence', (back) => watchPresence(app, back, { action: 'watchPresence', users: [] })],
  ])('who comes back by %s is told at once', async (_action, frame) => {
    const conversation = await aGroup(app, ann, bob);
    await leave(bob);
    await live(30, ann);
    ann.pushed.length = 0;
    const back = await arrive(bob.user);
    expect(toldTo(ann)).toEqual([]);
    await frame(back, conversation);
    expect(toldTo(ann)).toEqual([{ user: bob.user, online: true }]);
  });
});

describe('without a heartbeat', () => {
  test('a person counts for ten silent minutes, and is not closed', async () => {
    const watcher = await arrive();
    await beat(watcher, 60);
    await watch(watcher, bob.user);
    await live(595, watcher);
    expect(toldTo(watcher)).toEqual([]);
    await live(10, watcher);
    expect(toldTo(watcher)).toMatchObject([{ user: bob.user, online: false }]);
    expect(closed).toEqual([]);
    await beat(bob);
    expect(toldTo(watcher)).toHaveLength(2);
    expect(toldTo(watcher)[1]).toEqual({ user: bob.user, online: true });
  });
});

describe('the sweep', () => {
  test('closes who has an expired token, and nobody else', async () => {
    const { expiresAt, ...registration } = await arrive(bob.user);
    await registerIn(app.connections, { ...registration, expiresAt: app.clock.now() + 20_000 });
    await live(15, ann, bob);
    expect(closed).toEqual([]);
    await live(10, ann, bob);
    expect(closed.map(({ connection }) => connection)).toEqual([registration.connection]);
  });

  test.each([
    ['', () => {}],
    [', also where Redis forgot it meanwhile', () => app.keys.wipe()],
  ])(
    'asks a connection to be replaced between 90 and 105 minutes, once, and closes it a minute later%s',
    async (_how, lose) => {
      const minute = 60_000;
      const begun = app.clock.now();
      const own = { ...ann, connectedAt: begun, expiresAt: begun + 86_400_000 };
      await registerIn(app.connections, own);
      const step = async () => {
        await app.clock.pass(minute / 2);
        if (!closed.includes(ann)) await beat(ann);
        await sweepOnce();
      };
      await beat(ann, 60);
      while (app.clock.now() < begun + 40 * minute) await step();
      lose();
      await sync(app, own, { action: 'sync' });
      await beat(ann, 60);
      while (goodbyesTo(ann).length === 0) await step();
      const age = app.clock.now() - begun;
      expect(age).toBeGreaterThanOrEqual(90 * minute);
      expect(age).toBeLessThanOrEqual(106 * minute);
      expect(closed.includes(ann)).toBe(false);
      expect(goodbyesTo(ann)).toMatchObject([{ code: 'lifetime', reconnect: true }]);
      while (!closed.includes(ann)) await step();
      expect(app.clock.now() - begun - age).toBeLessThanOrEqual(2 * minute);
      expect(goodbyesTo(ann)).toHaveLength(2);
    },
  );

  test('looks at nobody whose time has not come', async () => {
    await sweepOnce();
    let looks = 0;
    const look = async (user: UserId) => {
      looks++;
      return app.presence.look(user);
    };
    for (let i = 0; i < 6; i++) {
      await app.clock.pass(5_000);
      await sweep({ ...app, presence: { ...app.presence, look } }, { once: true });
    }
    expect(looks).toBe(0);
  });

  test('keeps last seen at most once a minute while he is there, and when he goes', async () => {
    const kept: number[] = [];
    const { seen } = app;
    const keep: typeof seen.keep = async (user, at) => {
      if (user === bob.user) kept.push(at);
      await seen.keep(user, at);
    };
    app = { ...app, seen: { ...seen, keep } };
    await beat(bob, 5);
    await live(180, bob);
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.length).toBeLessThanOrEqual(4);
    const last = app.clock.now();
    await live(40);
    expect(kept.at(-1)).toBe(last);
    expect(await app.seen.of([bob.user])).toEqual(new Map([[bob.user, last]]));
  });

  test('keeps last seen later, where Cassandra was away', async () => {
    const whole = app;
    await leave(bob);
    const seen = app.clock.now();
    app = { ...whole, seen: away() };
    await live(60);
    app = whole;
    await live(65);
    expect(await app.seen.of([bob.user])).toEqual(new Map([[bob.user, seen]]));
  });

  test('tells again what it died of telling', async () => {
    await watch(ann, bob.user);
    await leave(bob);
    await beat(ann, 60);
    await app.clock.pass(15_000);
    const dying = { ...app, presence: { ...app.presence, told: away<TestApp['presence']>().told } };
    await sweep(dying, { once: true });
    expect(toldTo(ann)).toHaveLength(1);
    await live(35);
    expect(toldTo(ann).length).toBeGreaterThanOrEqual(2);
    expect(new Set(toldTo(ann).map((state) => JSON.stringify(state))).size).toBe(1);
  });

  test('goes on where one user cannot be looked at, and says so', async () => {
    await watch(ann, bob.user);
    await leave(bob);
    const carl = await arrive();
    await leave(carl);
    await app.clock.pass(15_000);
    const look = async (user: UserId) => {
      if (user === carl.user) throw new Error('a fault of ours');
      return app.presence.look(user);
    };
    await sweep({ ...app, presence: { ...app.presence, look } }, { once: true });
    expect(toldTo(ann)).toHaveLength(1);
    expect(app.logs).toContainEqual(expect.objectContaining({ level: 'error', event: 'sweep.failed' }));
  });

  test('stops where Redis is away, and goes on later', async () => {
    await watch(ann, bob.user);
    await leave(bob);
    await app.clock.pass(15_000);
    expect(await sweep({ ...app, presence: away() }, { once: true })).toMatchObject({ changed: 0 });
    expect(app.logs).toContainEqual(expect.objectContaining({ event: 'sweep.interrupted' }));
    await live(35, ann);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });

  test('stays awake for its minute while somebody beats briskly, and not otherwise', async () => {
    const begun = app.clock.now();
    await sweep(app);
    expect(app.clock.now() - begun).toBe(0);
    await beat(bob, 5);
    await sweep(app);
    expect(app.clock.now() - begun).toBe(55_000);
    expect(closed).toEqual([bob]);
  });

  test.each([1, 8, 13, 28, 31, 34, 44, 57])(
    'begun each minute, tells within 30 s of who fell silent at second %i',
    async (silentFrom) => {
      await watch(ann, bob.user);
      await beat(bob, 5);
      const begun = app.clock.now();
      const seconds = () => (app.clock.now() - begun) / 1_000;
      let toldAt: number | undefined;
      app.sockets.set(ann.connection, {
        receive: (frame) => {
          if (frame.includes('"online":false')) toldAt ??= seconds();
        },
        close: () => {},
      });
      const until = async (second: number) => {
        while (seconds() < second) {
          await app.clock.pass(1_000);
          await beat(ann, 5);
          if (seconds() <= silentFrom) await beat(bob, 5);
        }
      };
      const clock = { ...app.clock, pause: (ms: number) => until(seconds() + ms / 1_000) };
      for (const minute of [1, 2]) {
        await sweep({ ...app, clock });
        await until(minute * 60);
      }
      expect(toldAt).toBeGreaterThanOrEqual(silentFrom + 15);
      expect(toldAt).toBeLessThanOrEqual(silentFrom + 30);
    },
  );

  test('finds everybody again, by their next frames, when Redis forgot all looks', async () => {
    await watch(ann, bob.user);
    await beat(bob, 5);
    for (const key of ['0', '1', '2', '3'].flatMap((shard) => [
      `{beats:${shard}}:due`,
      `{beats:${shard}}:held`,
    ])) {
      app.keys.delete(key);
    }
    await live(150, ann, bob);
    await live(30, ann);
    expect(toldTo(ann)).toMatchObject([{ user: bob.user, online: false }]);
  });
});
