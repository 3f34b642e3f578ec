import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryBeats } from '../../lib/beats/memory.ts';
import type { Beats } from '../../lib/beats/port.ts';
import { redisBeats } from '../../lib/beats/redis.ts';
import { shards, shardsNamed } from '../../lib/beats/shards.ts';
import { createTables } from '../../lib/cassandra/tables.ts';
import { memoryConnections } from '../../lib/connections/memory.ts';
import type { Connections } from '../../lib/connections/port.ts';
import { redisConnections } from '../../lib/connections/redis.ts';
import { memoryPresences } from '../../lib/presence/memory.ts';
import type { Presences } from '../../lib/presence/port.ts';
import { redisPresences } from '../../lib/presence/redis.ts';
import { type Rules, rules } from '../../lib/presence/rules.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { type Redis, script } from '../../lib/redis/script.ts';
import { cassandraSeen } from '../../lib/seen/cassandra.ts';
import { memorySeen } from '../../lib/seen/memory.ts';
import type { UserId } from '../../schema/ids.ts';
import { realChance, realClock } from '../support/clock.ts';
import { aConnection, aConversation, aDevice, aUser } from '../support/ids.ts';
import { realCassandra, realCluster, realRedis } from '../support/real.ts';
import { registerIn } from '../support/registering.ts';

const single = realRedis();
const cluster = realCluster();
const cassandra = realCassandra();
afterAll(() => Promise.all([single.close(), cluster.close(), cassandra.close()]));

const clock = realClock;
const chance = realChance;

type Ports = {
  connections: Connections;
  /** By rules of the test's own, so that nothing has to be waited for. */
  by(given?: Partial<Rules>): Presences;
  beats(hold?: number): Beats;
  /** When the next look at a user was asked for, in milliseconds since 1970. */
  planned(user: UserId): Promise<number>;
};

const dueOf = script('test-due', "return redis.call('ZSCORE', KEYS[1], ARGV[1])");

const overRedis = (redis: Redis) => (): Ports => {
  const over = shardsNamed(chance.id(), chance.id());
  return {
    connections: redisConnections({ redis, chance }),
    by: (given) => redisPresences({ redis, chance, rules: { ...rules, ...given } }),
    beats: (hold = 30_000) => redisBeats({ redis, over, hold }),
    planned: async (user) => Number(await redis.run(dueOf, [shards.of(user).due], [user])),
  };
};
const overMemory = (): Ports => {
  const keys = createKeyspace(clock);
  const over = shardsNamed(chance.id(), chance.id());
  return {
    connections: memoryConnections({ keys, clock, chance }),
    by: (given) => memoryPresences({ keys, clock, rules: { ...rules, ...given } }),
    beats: (hold = 30_000) => memoryBeats({ keys, clock, over, hold }),
    planned: async (user) =>
      keys.get<ReadonlyMap<UserId, number>>(shards.of(user).due)?.get(user) ?? Number.NaN,
  };
};
const implementations: [string, () => Ports][] = [
  ['memory', overMemory],
  ['Redis', overRedis(single)],
  ['a Redis cluster', overRedis(cluster)],
];

describe.each(implementations)('presence in %s', (_name, make) => {
  let ports: Ports;
  let presence: Presences;
  let ann: UserId;
  let bob: UserId;
  const hourMs = 3_600_000;

  beforeEach(() => {
    ports = make();
    presence = ports.by();
    [ann, bob] = [aUser(), aUser()];
  });

  const connect = async (user: UserId, more: { expiresAt?: number } = {}) => {
    const registration = {
      user,
      device: aDevice(),
      connection: aConnection(),
      expiresAt: Date.now() + hourMs,
      ...more,
    };
    const registered = await registerIn(ports.connections, registration);
    return { ...registration, appeared: registered.kind === 'registered' && registered.appeared };
  };
  const beat = (user: UserId, connection: Awaited<ReturnType<typeof connect>>['connection'], every: number) =>
    ports.connections.gate(user, connection, { every });
  const isOnline = async (user: UserId, given?: Partial<Rules>) => {
    const [state] = await ports.by(given).of([user]);
    return state?.online;
  };
  const watched = async (user: UserId) =>
    (await presence.watchers(user)).flatMap(({ connections }) =>
      connections.map(({ connection }) => connection),
    );

  describe('who is online', () => {
    test('is nobody who never connected, and nothing is known of when he was seen', async () => {
      expect(await presence.of([ann])).toEqual([{ user: ann, online: false }]);
    });

    test('is told in the order of the question', async () => {
      await connect(bob);
      expect(await presence.of([ann, bob])).toEqual([
        { user: ann, online: false },
        { user: bob, online: true },
      ]);
    });

    test('is one user, whatever the number of connections', async () => {
      const [one, two] = [await connect(ann), await connect(ann)];
      await ports.connections.remove(ann, one.connection, 0);
      expect(await isOnline(ann, { graceMs: 0 })).toBe(true);
      await ports.connections.remove(ann, two.connection, 0);
      expect(await isOnline(ann, { graceMs: 0 })).toBe(false);
    });

    test('is he whose last connection left just now, and then he who was last seen', async () => {
      const before = Date.now();
      const { connection } = await connect(ann);
      await ports.connections.remove(ann, connection, 0);
      expect(await isOnline(ann)).toBe(true);
      const [state] = await ports.by({ graceMs: 0 }).of([ann]);
      expect(state).toMatchObject({ online: false, lastSeen: expect.any(Number) });
      expect(Math.abs((state?.lastSeen ?? 0) - before)).toBeLessThan(60_000);
    });

    test('is for a while yet he whose connections were dropped, or whose device was revoked', async () => {
      await connect(ann);
      const { device } = await connect(bob);
      await ports.connections.drop(ann, {});
      await ports.connections.revoke(bob, device);
      for (const user of [ann, bob]) {
        expect(await isOnline(user)).toBe(true);
        expect((await presence.look(user)).next?.inMs).toBeLessThanOrEqual(rules.graceMs);
        const [state] = await ports.by({ graceMs: 0 }).of([user]);
        expect(state).toEqual({ user, online: false, lastSeen: expect.any(Number) });
      }
    });

    test('is for a while yet he whose token has ended', async () => {
      await connect(ann, { expiresAt: Date.now() - 1 });
      expect(await isOnline(ann)).toBe(true);
      expect(await isOnline(ann, { graceMs: 0 })).toBe(false);
    });

    test('is told by the announced heartbeat, or without one by ten minutes', async () => {
      const { connection } = await connect(ann);
      expect(await isOnline(ann, { quietMs: 0 })).toBe(false);
      await beat(ann, connection, 5);
      expect(await isOnline(ann, { quietMs: 0 })).toBe(true);
      expect(await isOnline(ann, { onlineBeats: 0 })).toBe(false);
    });
  });

  describe('a look', () => {
    test('at whom nothing is known of finds nothing, now or later', async () => {
      expect(await presence.look(ann)).toEqual({
        now: { user: ann, online: false },
        changed: false,
        goodbyes: [],
      });
    });

    test('leaves alone who beats, and comes again when three beats are out', async () => {
      const { connection } = await connect(ann);
      await beat(ann, connection, 30);
      const looked = await presence.look(ann);
      expect(looked).toMatchObject({ now: { online: true }, goodbyes: [], next: { brisk: false } });
      expect(looked.next?.inMs).toBeGreaterThan(80_000);
      expect(looked.next?.inMs).toBeLessThanOrEqual(90_000);
    });

    test('knows a brisk heartbeat', async () => {
      const { connection } = await connect(ann);
      await beat(ann, connection, 5);
      expect((await presence.look(ann)).next?.brisk).toBe(true);
    });

    test('takes away who is silent, whose user counts until five beats are out', async () => {
      const { connection } = await connect(ann);
      await beat(ann, connection, 5);
      const looked = await ports.by({ silentBeats: 0 }).look(ann);
      expect(looked.goodbyes).toEqual([{ connection, code: 'silent', closed: true }]);
      expect(looked.now.online).toBe(true);
      expect(looked.next?.inMs).toBeGreaterThan(15_000);
      expect(looked.next?.inMs).toBeLessThanOrEqual(25_000);
      expect(await ports.connections.gate(ann, connection, {})).toMatchObject({ kind: 'unknown' });
    });

    test('closes nobody for silence who announced no heartbeat', async () => {
      const { connection } = await connect(ann);
      const looked = await ports.by({ quietMs: 0, silentBeats: 0 }).look(ann);
      expect(looked).toMatchObject({ now: { online: false }, goodbyes: [] });
      expect(looked.next?.inMs).toBeGreaterThan(0);
      expect(await ports.connections.gate(ann, connection, {})).toMatchObject({ kind: 'open' });
    });

    test('takes away exactly the connection whose token has expired', async () => {
      const { connection } = await connect(ann, { expiresAt: Date.now() - 1 });
      const other = await connect(ann);
      const looked = await presence.look(ann);
      expect(looked.goodbyes).toEqual([{ connection, code: 'expired', closed: true }]);
      expect(looked.now.online).toBe(true);
      expect(await ports.connections.gate(ann, other.connection, {})).toMatchObject({ kind: 'open' });
    });

    test('asks an old connection once to be replaced, and then takes it away', async () => {
      const { connection } = await connect(ann);
      const old = { lifetimeMs: 0, lifetimeSpreadMs: 1 };
      const goodbyes = async (given: Partial<Rules>) => (await ports.by(given).look(ann)).goodbyes;
      expect(await goodbyes({})).toEqual([]);
      const fresh = await connect(bob);
      const first = await ports.by(old).look(bob);
      expect(first.goodbyes).toEqual([{ connection: fresh.connection, code: 'lifetime', closed: false }]);
      expect(first.next?.inMs).toBeLessThanOrEqual(rules.farewellMs);
      expect((await ports.by(old).look(bob)).goodbyes).toEqual([]);
      expect(await goodbyes({ ...old, farewellMs: 0 })).toEqual([
        { connection, code: 'lifetime', closed: true },
      ]);
    });

    test('spreads the ends of connections, and always in the same way', async () => {
      const connections = await Promise.all(Array.from({ length: 8 }, () => connect(ann)));
      const half = { lifetimeMs: 0, lifetimeSpreadMs: 2 * hourMs, farewellMs: hourMs };
      const inMs = (await ports.by({ ...half, lookMs: 3 * hourMs }).look(ann)).next?.inMs ?? 0;
      expect(connections).toHaveLength(8);
      expect(inMs).toBeGreaterThan(0);
      expect(inMs).toBeLessThan(hourMs);
      const again = (await ports.by({ ...half, lookMs: 3 * hourMs }).look(ann)).next?.inMs ?? 0;
      expect(Math.abs(again - inMs)).toBeLessThan(60_000);
    });

    test('says when it is time to keep last seen: at most once a minute, and when he goes', async () => {
      const { connection } = await connect(ann);
      const { keep = 0 } = await presence.look(ann);
      expect(Math.abs(keep - Date.now())).toBeLessThan(60_000);
      expect((await presence.look(ann)).keep).toBe(keep);
      await presence.kept(ann, keep);
      expect((await presence.look(ann)).keep).toBeUndefined();
      expect((await ports.by({ keepMs: 0 }).look(ann)).keep).toBe(keep);
      await ports.connections.remove(ann, connection, 0);
      expect((await ports.by({ graceMs: 0 }).look(ann)).keep).toBeUndefined();
      await presence.kept(ann, keep - 1);
      expect((await presence.look(ann)).keep).toBeUndefined();
    });

    test('finds nothing more to look for once a user is gone', async () => {
      const { connection } = await connect(ann);
      await ports.connections.remove(ann, connection, 0);
      expect((await presence.look(ann)).next?.inMs).toBeLessThanOrEqual(rules.graceMs);
      expect((await ports.by({ graceMs: 0 }).look(ann)).next).toBeUndefined();
    });
  });

  describe('who watches', () => {
    test('is told how they are now', async () => {
      const watcher = await connect(bob);
      await connect(ann);
      const other = aUser();
      expect(await presence.watch(watcher, [ann, other])).toEqual([
        { user: ann, online: true },
        { user: other, online: false },
      ]);
    });

    test('is a connection, found with the end of its token, until it watches others', async () => {
      const watcher = await connect(bob);
      const other = aUser();
      await presence.watch(watcher, [ann, other]);
      const { connection, expiresAt } = watcher;
      expect(await presence.watchers(ann)).toEqual([{ user: bob, connections: [{ connection, expiresAt }] }]);
      await presence.watch(watcher, [other]);
      expect(await watched(ann)).toEqual([]);
      expect(await watched(other)).toEqual([connection]);
      await presence.watch(watcher, []);
      expect(await watched(other)).toEqual([]);
    });

    test('is each connection for itself', async () => {
      const [one, two, carl] = [await connect(bob), await connect(bob), await connect(aUser())];
      for (const watcher of [one, two, carl]) await presence.watch(watcher, [ann]);
      const all = [one, two, carl].map(({ connection }) => connection);
      expect((await watched(ann)).sort()).toEqual(all.sort());
      await presence.watch(two, []);
      expect((await watched(ann)).sort()).toEqual([one.connection, carl.connection].sort());
    });

    test('is not who has left, or whose token has expired', async () => {
      const [left, expired] = [await connect(bob), await connect(bob, { expiresAt: Date.now() - 1 })];
      for (const watcher of [left, expired]) await presence.watch(watcher, [ann]);
      await ports.connections.remove(bob, left.connection, 0);
      expect(await watched(ann)).toEqual([]);
    });

    test('is named by the gate', async () => {
      const watcher = await connect(bob);
      const other = aUser();
      await presence.watch(watcher, [ann, other]);
      const gate = await ports.connections.gate(bob, watcher.connection, {});
      expect(gate).toMatchObject({ kind: 'open', watching: [ann, other] });
    });

    test('may be kept from it', async () => {
      const [one, two] = [await connect(bob), await connect(bob)];
      const other = aUser();
      for (const watcher of [one, two]) await presence.watch(watcher, [ann, other]);
      await presence.hide(ann, bob);
      expect(await watched(ann)).toEqual([]);
      expect((await watched(other)).sort()).toEqual([one.connection, two.connection].sort());
      const gate = await ports.connections.gate(bob, one.connection, {});
      expect(gate).toMatchObject({ watching: [other] });
    });
  });

  describe('a change', () => {
    const watch = async (user: UserId) => presence.watch(await connect(bob), [user]);

    test('of somebody nobody watches is none', async () => {
      const { connection, appeared } = await connect(ann);
      expect(appeared).toBe(false);
      expect(await presence.look(ann)).toMatchObject({ changed: false });
      await ports.connections.remove(ann, connection, 0);
      expect(await ports.by({ graceMs: 0 }).look(ann)).toMatchObject({ changed: false });
    });

    test('to online is seen by the registration, the gate and a look, until it was told', async () => {
      await watch(ann);
      const { connection, appeared } = await connect(ann);
      expect(appeared).toBe(true);
      expect(await ports.connections.gate(ann, connection, {})).toMatchObject({ appeared: true });
      expect(await presence.look(ann)).toMatchObject({ now: { online: true }, changed: true });
      expect(await presence.told(ann, true)).toBe(true);
      expect(await ports.connections.gate(ann, connection, {})).toMatchObject({ appeared: false });
      expect(await presence.look(ann)).toMatchObject({ changed: false });
      expect((await connect(ann)).appeared).toBe(false);
    });

    test('to offline is seen by a look, until it was told', async () => {
      const { connection } = await connect(ann);
      await watch(ann);
      await ports.connections.remove(ann, connection, 0);
      expect(await presence.look(ann)).toMatchObject({ now: { online: true }, changed: false });
      const later = ports.by({ graceMs: 0 });
      expect(await later.look(ann)).toMatchObject({ now: { online: false }, changed: true });
      expect(await later.look(ann)).toMatchObject({ changed: true });
      expect(await later.told(ann, false)).toBe(true);
      expect(await later.look(ann)).toMatchObject({ changed: false });
    });

    test('is none for who comes back within the grace', async () => {
      const { connection } = await connect(ann);
      await watch(ann);
      await ports.connections.remove(ann, connection, 0);
      expect((await connect(ann)).appeared).toBe(false);
      expect(await ports.by({ graceMs: 0 }).look(ann)).toMatchObject({ changed: false });
    });

    test('that is over when it was told must be looked at again', async () => {
      await watch(ann);
      await connect(ann);
      expect(await presence.told(ann, false)).toBe(false);
      expect(await presence.look(ann)).toMatchObject({ now: { online: true }, changed: true });
    });
  });

  describe('a frame asks for a look', () => {
    /** Seconds from now, about. */
    const plannedIn = async (user: UserId) =>
      Math.round(((await ports.planned(user)) - Date.now()) / 5_000) * 5;

    test('ten minutes after a registration, or when its token ends', async () => {
      await connect(ann);
      expect(await plannedIn(ann)).toBe(600);
      await connect(bob, { expiresAt: Date.now() + 120_000 });
      expect(await plannedIn(bob)).toBe(120);
    });

    test('earlier, when a shorter heartbeat is announced, and never later', async () => {
      const { connection } = await connect(ann);
      await beat(ann, connection, 60);
      expect(await plannedIn(ann)).toBe(180);
      await beat(ann, connection, 20);
      expect(await plannedIn(ann)).toBe(60);
      const planned = await ports.planned(ann);
      await beat(ann, connection, 600);
      await connect(ann);
      expect(await ports.planned(ann)).toBe(planned);
    });

    test('for the end of the grace, when the last connection ends', async () => {
      const [one, two] = [await connect(ann), await connect(ann)];
      await ports.connections.remove(ann, one.connection, 0);
      expect(await plannedIn(ann)).toBe(600);
      await ports.connections.remove(ann, two.connection, 0);
      expect(await plannedIn(ann)).toBe(15);
      await connect(bob);
      await ports.connections.drop(bob, {});
      expect(await plannedIn(bob)).toBe(15);
    });

    test('at once, when watchers must be told', async () => {
      await presence.watch(await connect(bob), [ann]);
      await connect(ann);
      expect(await plannedIn(ann)).toBeLessThanOrEqual(0);
    });

    test('again, when the last look found nothing more to look for', async () => {
      const { connection } = await connect(ann);
      await ports.connections.remove(ann, connection, 0);
      await ports.by({ graceMs: 0 }).look(ann);
      const planned = await ports.planned(ann);
      const back = await connect(ann);
      await beat(ann, back.connection, 2);
      expect(await ports.planned(ann)).toBeLessThan(planned);
    });
  });

  describe('typing', () => {
    test('is told when it starts, and then not again for a while', async () => {
      const conversation = aConversation();
      expect(await presence.typing(ann, conversation, true)).toBe(true);
      expect(await presence.typing(ann, conversation, true)).toBe(false);
      expect(await presence.typing(ann, aConversation(), true)).toBe(true);
      expect(await presence.typing(bob, conversation, true)).toBe(true);
      expect(await ports.by({ typingPaceMs: 0 }).typing(ann, conversation, true)).toBe(true);
    });

    test('is told when it ends, if it had started', async () => {
      const conversation = aConversation();
      expect(await presence.typing(ann, conversation, false)).toBe(false);
      await presence.typing(ann, conversation, true);
      expect(await presence.typing(ann, conversation, false)).toBe(true);
      expect(await presence.typing(ann, conversation, false)).toBe(false);
      expect(await presence.typing(ann, conversation, true)).toBe(false);
    });
  });

  describe('beats', () => {
    const soon = { inMs: 0, brisk: false };
    const later = { inMs: 600_000, brisk: false };
    const dueNow = async (beats: Beats) => (await beats.due(100)).users.sort();

    test('hand out a look when it is due, and hold it', async () => {
      const beats = ports.beats();
      await beats.ask(ann, soon);
      await beats.ask(bob, later);
      expect(await dueNow(beats)).toEqual([ann]);
      expect(await dueNow(beats)).toEqual([]);
    });

    test('keep the earliest that was asked for', async () => {
      const beats = ports.beats();
      await beats.ask(ann, later);
      await beats.ask(ann, soon);
      await beats.ask(ann, later);
      expect(await dueNow(beats)).toEqual([ann]);
    });

    test('forget a look that is settled, or plan the next', async () => {
      const beats = ports.beats();
      await beats.ask(ann, soon);
      await beats.ask(bob, soon);
      await beats.due(100);
      await beats.settle(ann);
      await beats.settle(bob, soon);
      expect(await dueNow(beats)).toEqual([bob]);
    });

    test('hand out again what was held for too long and never settled', async () => {
      const beats = ports.beats(0);
      await beats.ask(ann, soon);
      expect(await dueNow(beats)).toEqual([ann]);
      expect(await dueNow(beats)).toEqual([ann]);
      await beats.settle(ann);
      expect(await dueNow(beats)).toEqual([]);
    });

    test('lose nothing that is asked for while a look is held', async () => {
      const beats = ports.beats();
      await beats.ask(ann, soon);
      await beats.due(100);
      await beats.ask(ann, soon);
      await beats.settle(ann, later);
      expect(await dueNow(beats)).toEqual([ann]);
    });

    test('hand out at most so many of a shard', async () => {
      const beats = ports.beats();
      for (let i = 0; i < 20; i++) await beats.ask(aUser(), soon);
      expect((await beats.due(3)).users.length).toBeLessThanOrEqual(6);
    });

    test('tell of everybody there is a look for, held or not', async () => {
      const beats = ports.beats();
      await beats.ask(ann, soon);
      await beats.due(100);
      const others = Array.from({ length: 20 }, aUser);
      for (const user of others) await beats.ask(user, later);
      const told = new Set<UserId>();
      for await (const user of beats.all()) told.add(user);
      expect([...told].sort()).toEqual([ann, ...others].sort());
    });

    test('remember that somebody beats briskly', async () => {
      const beats = ports.beats();
      await beats.ask(ann, later);
      expect((await beats.due(100)).brisk).toBe(false);
      await beats.ask(bob, { ...later, brisk: true });
      expect((await beats.due(100)).brisk).toBe(true);
    });
  });
});

describe.each([
  ['memory', () => memorySeen(createTables())],
  ['Cassandra', () => cassandraSeen(cassandra)],
] as const)('last seen in %s', (_name, make) => {
  test('is the last that was kept', async () => {
    const seen = make();
    const [ann, bob] = [aUser(), aUser()];
    await seen.keep(ann, 1_795_000_000_123);
    await seen.keep(ann, 1_795_000_001_456);
    expect(await seen.of([ann, bob])).toEqual(new Map([[ann, 1_795_000_001_456]]));
    expect(await seen.of([])).toEqual(new Map());
  });
});
