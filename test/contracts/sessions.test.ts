import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryConnections } from '../../lib/connections/memory.ts';
import type { Connections, Registration } from '../../lib/connections/port.ts';
import { redisConnections } from '../../lib/connections/redis.ts';
import { redisPresences } from '../../lib/presence/redis.ts';
import { rules } from '../../lib/presence/rules.ts';
import { userKeys } from '../../lib/redis/keys.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { type Redis, script } from '../../lib/redis/script.ts';
import { memorySettings } from '../../lib/settings/memory.ts';
import type { Settings } from '../../lib/settings/port.ts';
import { redisSettings } from '../../lib/settings/redis.ts';
import type { UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { realChance, realClock } from '../support/clock.ts';
import { aConnection, aConversation, aDevice, aUser } from '../support/ids.ts';
import { realCluster, realRedis } from '../support/real.ts';
import { registerIn } from '../support/registering.ts';

const single = realRedis();
const cluster = realCluster();
afterAll(() => Promise.all([single.close(), cluster.close()]));

const chance = realChance;
const frames = { count: 3, windowMs: 60_000 };
const implementations: [string, () => Connections][] = [
  ['memory', () => memoryConnections({ keys: createKeyspace(realClock), clock: realClock, chance, frames })],
  ['Redis', () => redisConnections({ redis: single, chance, frames })],
  ['a Redis cluster', () => redisConnections({ redis: cluster, chance, frames })],
];
const hourMs = 3_600_000;

describe.each(implementations)('sessions in %s', (_name, make) => {
  let port: Connections;
  let ann: UserId;
  beforeEach(() => {
    port = make();
    ann = aUser();
  });

  const aRegistration = (more: object = {}) => ({
    user: ann,
    device: aDevice(),
    connection: aConnection(),
    expiresAt: Date.now() + hourMs,
    ...more,
  });
  const register = async (more: object = {}) => {
    const registration = aRegistration(more);
    expect(await registerIn(port, registration)).toMatchObject({ kind: 'registered', dropped: [] });
    return registration;
  };
  const connectionsOf = async () => (await port.of(ann)).map(({ connection }) => connection).sort();

  test('all connections of a user are told, those that have expired too', async () => {
    const [one, two] = [await register(), await register({ expiresAt: Date.now() - 1 })];
    await register({ user: aUser() });
    const told = await port.of(ann);
    expect(told).toHaveLength(2);
    for (const { connection, device } of [one, two]) {
      expect(told).toContainEqual({ connection, device, since: expect.any(Number) });
    }
    for (const { since } of told) expect(Math.abs(since - Date.now())).toBeLessThan(60_000);
    expect(await port.of(aUser())).toEqual([]);
  });

  test('a refresh raises the end of the token, and never lowers it', async () => {
    const registered = await register();
    const later = registered.expiresAt + hourMs;
    const refreshed = { kind: 'refreshed', expiresAt: later };
    expect(await port.refresh({ ...registered, expiresAt: later })).toEqual(refreshed);
    expect(await port.refresh(registered)).toEqual(refreshed);
    const { connections } = await port.mark(ann, aConversation());
    expect(connections).toEqual([{ connection: registered.connection, expiresAt: later }]);
  });

  test('a refresh brings back what has expired, and nothing that is not registered', async () => {
    const expired = await register({ expiresAt: Date.now() - 1 });
    expect(await port.gate(ann, expired.connection, {})).toEqual({ kind: 'expired' });
    await port.refresh({ ...expired, expiresAt: Date.now() + hourMs });
    expect(await port.gate(ann, expired.connection, {})).toMatchObject({ kind: 'open' });
    expect(await port.refresh(aRegistration())).toEqual({ kind: 'unknown' });
    expect(await connectionsOf()).toEqual([expired.connection]);
  });

  test('a drop takes what fits, and says which', async () => {
    const [one, two, three] = [await register(), await register(), await register()];
    const twin = await register({ device: three.device });
    expect(await port.drop(ann, { connection: one.connection })).toEqual([one.connection]);
    expect(await port.drop(ann, { connection: one.connection })).toEqual([]);
    expect(await port.drop(ann, { device: two.device, connection: three.connection })).toEqual([]);
    expect(await port.drop(ann, { before: Date.now() - hourMs })).toEqual([]);
    expect((await port.drop(ann, { device: three.device })).sort()).toEqual(
      [three.connection, twin.connection].sort(),
    );
    expect(await port.drop(ann, { before: Date.now() + hourMs })).toEqual([two.connection]);
    expect(await port.drop(ann, {})).toEqual([]);
  });

  test('what has ended does not come back, and others of its device do', async () => {
    const [dropped, closed, gone] = [await register(), await register(), await register()];
    await port.drop(ann, { connection: dropped.connection });
    await port.remove(ann, closed.connection, 0);
    await port.remove(ann, gone.connection, 60_000);
    const late = aRegistration();
    await port.remove(ann, late.connection, 0);
    for (const one of [dropped, closed, late]) {
      expect(await registerIn(port, one)).toEqual({ kind: 'ended' });
    }
    await registerIn(port, gone);
    const other = await register({ device: dropped.device });
    expect(await connectionsOf()).toEqual([gone.connection, other.connection].sort());
  });

  test('a post that found nothing says nothing of a connection that is not registered yet', async () => {
    const late = aRegistration();
    await port.remove(ann, late.connection, 60_000);
    await register(late);
    expect(await connectionsOf()).toEqual([late.connection]);
  });

  test('who was looked at in another epoch is not registered', async () => {
    const epoch = await port.epoch(ann);
    expect(await port.epoch(ann)).toBe(epoch);
    expect(await port.gate(ann, aConnection(), {})).toEqual({ kind: 'unknown', epoch });
    expect(await port.register(aRegistration(), await port.epoch(aUser()))).toEqual({ kind: 'forgotten' });
    expect(await port.register(aRegistration({ user: aUser() }), epoch)).toEqual({ kind: 'forgotten' });
    expect(await connectionsOf()).toEqual([]);
    expect(await port.register(aRegistration(), epoch)).toMatchObject({ kind: 'registered' });
  });

  test('a revocation drops the connections of the device, and keeps it out', async () => {
    const [one, other] = [await register(), await register()];
    const twin = await register({ device: one.device });
    expect((await port.revoke(ann, one.device)).sort()).toEqual([one.connection, twin.connection].sort());
    expect(await registerIn(port, aRegistration({ device: one.device }))).toEqual({ kind: 'revoked' });
    expect(await port.refresh(one)).toEqual({ kind: 'revoked' });
    expect(await port.gate(ann, one.connection, {})).toMatchObject({ kind: 'unknown' });
    expect(await connectionsOf()).toEqual([other.connection]);
    expect((await port.revoke(ann, one.device)).sort()).toEqual([one.connection, twin.connection].sort());
    expect(await port.revoke(ann, aDevice())).toEqual([]);
    expect(await port.refresh(other)).toMatchObject({ kind: 'refreshed' });
  });

  test('over the most connections the oldest are dropped, never the new one', async () => {
    for (let i = 0; i < limits.connectionsPerUser; i++) await register();
    const before = await port.of(ann);
    const fresh = aRegistration();
    const { dropped } = (await registerIn(port, fresh)) as { dropped: string[] };
    expect(dropped).toHaveLength(1);
    const [oldest] = before.filter(({ connection }) => connection === dropped[0]);
    expect(oldest?.since).toBe(Math.min(...before.map(({ since }) => since)));
    const left = await connectionsOf();
    expect(left).toHaveLength(limits.connectionsPerUser);
    expect(left).toContain(fresh.connection);
    expect(left).not.toContain(dropped[0]);
  });

  test('handshakes are counted where a window is given; who is refused is not registered', async () => {
    const window = { count: 2, windowMs: 60_000 };
    await registerIn(port, aRegistration(), window);
    await registerIn(port, aRegistration(), window);
    const refused = await registerIn(port, aRegistration(), window);
    expect(refused).toEqual({ kind: 'limited', retryAfterMs: expect.any(Number) });
    expect(await connectionsOf()).toHaveLength(2);
    await register();
  });

  test('a gate counts the frames of each connection by itself', async () => {
    const [one, two] = [await register(), await register()];
    for (let i = 0; i < frames.count; i++) {
      expect(await port.gate(ann, one.connection, {})).toMatchObject({ kind: 'open' });
    }
    expect(await port.gate(ann, one.connection, {})).toEqual({
      kind: 'limited',
      retryAfterMs: expect.any(Number),
    });
    expect(await port.gate(ann, two.connection, {})).toMatchObject({ kind: 'open' });
  });

  test('a frame too many takes nothing from the sends', async () => {
    const [one, two] = [await register(), await register()];
    for (let i = 0; i < frames.count; i++) await port.gate(ann, one.connection, {});
    const send = { count: 1, windowMs: 60_000 };
    expect(await port.gate(ann, one.connection, { send })).toMatchObject({ kind: 'limited' });
    expect(await port.gate(ann, two.connection, { send })).toMatchObject({ kind: 'open' });
  });
});

/** Loses each answer, and asks again as the client does. */
const doubled = (redis: Redis): Redis => ({
  ...redis,
  run: async (...asked) => {
    await redis.run(...asked);
    return redis.run(...asked);
  },
});

describe.each([
  ['Redis', single],
  ['a Redis cluster', cluster],
])('a script that %s does twice', (_name, redis) => {
  const port = redisConnections({ redis, chance, frames });
  const twice = redisConnections({ redis: doubled(redis), chance, frames });
  const register = async (user: UserId, device = aDevice()) => {
    const registration = { user, device, connection: aConnection(), expiresAt: Date.now() + hourMs };
    await registerIn(port, registration);
    return registration;
  };

  test('says what it dropped', async () => {
    const ann = aUser();
    const [one, two, three] = [await register(ann), await register(ann), await register(ann)];
    expect(await twice.drop(ann, { connection: one.connection })).toEqual([one.connection]);
    expect(await twice.drop(ann, { connection: one.connection })).toEqual([]);
    expect(await twice.revoke(ann, two.device)).toEqual([two.connection]);
    expect(await twice.drop(ann, {})).toEqual([three.connection]);
  });

  test('says when to look at who has left', async () => {
    const peek = script('peek', "return redis.call('HGET', KEYS[1], 'look')");
    const lookAt = async (user: UserId) => Number(await redis.run(peek, [userKeys(user).presence], []));
    const ends: ((user: UserId, registration: Registration) => Promise<unknown>)[] = [
      (user, { connection }) => twice.remove(user, connection, 0),
      (user, { connection }) => twice.drop(user, { connection }),
      (user, { device }) => twice.revoke(user, device),
    ];
    for (const end of ends) {
      const ann = aUser();
      const registration = await register(ann);
      expect(await lookAt(ann)).toBeGreaterThan(Date.now() + rules.graceMs);
      await end(ann, registration);
      expect(await lookAt(ann)).toBeLessThanOrEqual(Date.now() + rules.graceMs);
    }
  });

  test('says which were too many', async () => {
    const ann = aUser();
    const all: string[] = [];
    while (all.length < limits.connectionsPerUser) all.push((await register(ann)).connection);
    const fresh = { user: ann, device: aDevice(), connection: aConnection(), expiresAt: Date.now() + hourMs };
    const { dropped } = (await registerIn(twice, fresh)) as { dropped: string[] };
    const left = (await port.of(ann)).map(({ connection }): string => connection);
    expect(dropped).toEqual(all.filter((connection) => !left.includes(connection)));
    expect(dropped).toHaveLength(1);
  });

  test('says whom the sweep took away', async () => {
    const ann = aUser();
    const { connection } = await register(ann);
    await port.gate(ann, connection, { every: 5 });
    const presence = redisPresences({ redis: doubled(redis), chance, rules: { ...rules, silentBeats: 0 } });
    const { goodbyes } = await presence.look(ann);
    expect(goodbyes).toEqual([{ connection, code: 'silent', closed: true }]);
    expect((await presence.look(ann)).goodbyes).toEqual([]);
  });
});

const keepers: [string, () => Settings][] = [
  ['memory', () => memorySettings({ keys: createKeyspace(realClock) })],
  ['Redis', () => redisSettings(single, `settings:${chance.id()}`)],
  ['a Redis cluster', () => redisSettings(cluster, `settings:${chance.id()}`)],
];

describe.each(keepers)('settings in %s', (_name, make) => {
  test('a factor is kept for its time, and the last one counts', async () => {
    const port = make();
    expect(await port.factor()).toBeUndefined();
    await port.setFactor(0.5, 60_000);
    await port.setFactor(1.25, 60_000);
    expect(await port.factor()).toBe(1.25);
    await port.setFactor(2, 1);
    while ((await port.factor()) !== undefined) await realClock.pause(1);
  });
});
