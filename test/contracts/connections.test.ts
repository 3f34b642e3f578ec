import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryConnections } from '../../lib/connections/memory.ts';
import type { Connections } from '../../lib/connections/port.ts';
import { redisConnections } from '../../lib/connections/redis.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import type { UserId } from '../../schema/ids.ts';
import { realChance, realClock } from '../support/clock.ts';
import { aConnection, aConversation, aDevice, aUser } from '../support/ids.ts';
import { realCluster, realRedis } from '../support/real.ts';
import { registerIn } from '../support/registering.ts';

const single = realRedis();
const cluster = realCluster();
afterAll(() => Promise.all([single.close(), cluster.close()]));

const chance = realChance;
const implementations: [string, () => Connections][] = [
  ['memory', () => memoryConnections({ keys: createKeyspace(realClock), clock: realClock, chance })],
  ['Redis', () => redisConnections({ redis: single, chance })],
  ['a Redis cluster', () => redisConnections({ redis: cluster, chance })],
];

describe.each(implementations)('connections in %s', (_name, make) => {
  let port: Connections;
  let ann: UserId;
  const hourMs = 3_600_000;

  const register = async (more: { expiresAt?: number; connectedAt?: number; user?: UserId } = {}) => {
    const registration = {
      user: ann,
      device: aDevice(),
      connection: aConnection(),
      expiresAt: Date.now() + hourMs,
      ...more,
    };
    await registerIn(port, registration);
    return registration;
  };
  const liveOf = async (user: UserId) => {
    const { connections } = await port.mark(user, aConversation());
    return connections.map(({ connection }) => connection).sort();
  };

  beforeEach(() => {
    port = make();
    ann = aUser();
  });

  test('a gate opens for a connection that is registered, and only for it', async () => {
    const { connection } = await register();
    expect(await port.gate(ann, connection, {})).toMatchObject({ kind: 'open' });
    expect(await port.gate(ann, aConnection(), {})).toMatchObject({ kind: 'unknown' });
    expect(await port.gate(aUser(), connection, {})).toMatchObject({ kind: 'unknown' });
  });

  test('is as old as its gateway says, and not younger than its registration', async () => {
    const begun = Date.now();
    const old = await register({ connectedAt: begun - hourMs });
    await register({ connectedAt: begun + hourMs });
    await register();
    const [first, ...others] = (await port.of(ann)).toSorted((a, b) => a.since - b.since);
    expect(first).toMatchObject({ connection: old.connection, since: begun - hourMs });
    for (const { since } of others) expect(since).toBeLessThan(begun + hourMs / 2);
    expect(others).toHaveLength(2);
  });

  test('a gate is shut when the token has expired', async () => {
    const { connection } = await register({ expiresAt: Date.now() - 1 });
    expect(await port.gate(ann, connection, {})).toEqual({ kind: 'expired' });
  });

  test('a gate counts sends of the user, over all connections', async () => {
    const [one, two] = [await register(), await register()];
    const send = { count: 2, windowMs: 60_000 };
    expect(await port.gate(ann, one.connection, { send })).toMatchObject({ kind: 'open' });
    expect(await port.gate(ann, two.connection, { send })).toMatchObject({ kind: 'open' });
    const refused = await port.gate(ann, one.connection, { send });
    expect(refused.kind).toBe('limited');
    if (refused.kind === 'limited') {
      expect(refused.retryAfterMs).toBeGreaterThan(0);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000);
    }
    expect(await port.gate(ann, one.connection, {})).toMatchObject({ kind: 'open' });
  });

  test('a mark raises the version of the inbox and says what it was', async () => {
    const first = await port.mark(ann, aConversation());
    expect(first.inbox.prev).toBe(0);
    const second = await port.mark(ann, aConversation());
    expect(second.inbox.prev).toBe(first.inbox.version);
    expect(second.inbox.version).toBeGreaterThan(first.inbox.version);
    expect(Math.abs(second.inbox.version / 1_000 - Date.now())).toBeLessThan(60_000);
  });

  test('marks at once get versions of their own', async () => {
    const marks = await Promise.all(Array.from({ length: 20 }, () => port.mark(ann, aConversation())));
    const inboxes = marks.map(({ inbox }) => inbox).sort((a, b) => a.version - b.version);
    expect(new Set(inboxes.map(({ version }) => version)).size).toBe(20);
    for (const [i, { prev }] of inboxes.entries()) expect(prev).toBe(inboxes[i - 1]?.version ?? 0);
  });

  test('a gate tells where the inbox stands', async () => {
    const { connection } = await register();
    const before = await port.gate(ann, connection, {});
    expect(before).toMatchObject({ kind: 'open', inbox: { version: 0 } });
    const { inbox } = await port.mark(ann, aConversation());
    const after = await port.gate(ann, connection, {});
    expect(after).toMatchObject({ kind: 'open', inbox: { version: inbox.version } });
    if (before.kind === 'open' && after.kind === 'open') expect(after.inbox.epoch).toBe(before.inbox.epoch);
  });

  test('the inbox says which conversations changed above a version, oldest first', async () => {
    const [one, two] = [aConversation(), aConversation()];
    const { inbox: first } = await port.mark(ann, one);
    const { inbox: second } = await port.mark(ann, two);
    const { inbox: third } = await port.mark(ann, one);
    const changesAbove = async (above: number) => {
      const { inbox, changed } = await port.changes(ann, above);
      expect(inbox.version).toBe(third.version);
      return [...changed];
    };
    const both = [
      [two, second.version],
      [one, third.version],
    ];
    expect(await changesAbove(0)).toEqual(both);
    expect(await changesAbove(first.version)).toEqual(both);
    expect(await changesAbove(second.version)).toEqual(both.slice(1));
    expect(await changesAbove(third.version)).toEqual([]);
  });

  test('an inbox that is not there begins an epoch', async () => {
    const { inbox, changed } = await port.changes(ann, 0);
    expect(changed).toEqual(new Map());
    expect(inbox).toEqual({ epoch: expect.stringMatching(/./), version: 0 });
    const { connection } = await register();
    expect(await port.gate(ann, connection, {})).toMatchObject({ kind: 'open', inbox });
    const marked = await port.mark(ann, aConversation());
    expect((await port.changes(ann, 0)).inbox).toEqual({ epoch: inbox.epoch, version: marked.inbox.version });
  });

  test('a mark returns the live connections with the ends of their tokens', async () => {
    const [one, two] = [await register(), await register()];
    await register({ expiresAt: Date.now() - 1 });
    await register({ user: aUser() });
    const { connections } = await port.mark(ann, aConversation());
    const expected = [one, two].map(({ connection, expiresAt }) => ({ connection, expiresAt }));
    expect(connections).toHaveLength(2);
    expect(connections).toEqual(expect.arrayContaining(expected));
  });

  test('a removal takes exactly one connection', async () => {
    const [one, two] = [await register(), await register()];
    expect(await port.remove(ann, one.connection, 0)).toBe(true);
    expect(await liveOf(ann)).toEqual([two.connection]);
    expect(await port.remove(ann, one.connection, 0)).toBe(true);
  });

  test('a removal leaves a connection that registered just now, when asked to', async () => {
    const { connection } = await register();
    expect(await port.remove(ann, connection, 10_000)).toBe(false);
    expect(await liveOf(ann)).toEqual([connection]);
  });
});
