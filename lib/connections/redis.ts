import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { planLook } from '../beats/redis.ts';
import type { Chance } from '../clock.ts';
import { presencePrelude } from '../presence/scripts.ts';
import windowLua from '../rates/lua/window.lua';
import type { Window } from '../rates/port.ts';
import { rateKey, ttlMs, userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import changesLua from './lua/changes.lua';
import epochLua from './lua/epoch.lua';
import gateLua from './lua/gate.lua';
import inboxLua from './lua/inbox.lua';
import liveLua from './lua/live.lua';
import liveOfLua from './lua/live-of.lua';
import markLua from './lua/mark.lua';
import registerLua from './lua/register.lua';
import removeLua from './lua/remove.lua';
import type { Connections, Gate, Live, Registered } from './port.ts';
import { endedPrelude } from './scripts.ts';
import { redisSessions } from './sessions-redis.ts';

const scripts = {
  epoch: script('epoch', inboxLua + epochLua),
  register: script('register', presencePrelude() + endedPrelude + windowLua + inboxLua + registerLua),
  gate: script('gate', presencePrelude() + windowLua + inboxLua + gateLua),
  mark: script('mark', inboxLua + liveLua + markLua),
  live: script('live', liveLua + liveOfLua),
  remove: script('remove', presencePrelude() + endedPrelude + removeLua),
  changes: script('changes', inboxLua + changesLua),
};

const connectionMs = limits.connectionSeconds * 1_000;

const readGate = (reply: unknown): Gate => {
  const [kind, ...rest] = reply as [Gate['kind'], ...unknown[]];
  if (kind === 'open') {
    const [epoch, version, appeared, , , watching] = rest;
    return {
      kind,
      inbox: { epoch: String(epoch), version: Number(version) },
      appeared: appeared === 1,
      watching: String(watching).split(' ').filter(Boolean) as UserId[],
    };
  }
  if (kind === 'limited') return { kind, retryAfterMs: Number(rest[0]) };
  return kind === 'unknown' ? { kind, epoch: String(rest[0]) } : { kind };
};

const readRegistered = (reply: unknown): Registered => {
  const [kind, ...rest] = reply as [Registered['kind'], ...unknown[]];
  if (kind === 'registered') {
    const [appeared, , ...dropped] = rest;
    return { kind, appeared: appeared === 1, dropped: dropped as ConnectionId[] };
  }
  return kind === 'limited' ? { kind, retryAfterMs: Number(rest[0]) } : { kind };
};

export const readLive = (pairs: string[]): Live[] =>
  Array.from({ length: pairs.length / 2 }, (_, i) => ({
    connection: pairs[2 * i] as ConnectionId,
    expiresAt: Number(pairs[2 * i + 1]),
  }));

type Parts = {
  redis: Redis;
  chance: Chance;
  /** Frames of one connection. */
  frames?: Window;
};

export const redisConnections = ({ redis, chance, frames = limits.frames }: Parts): Connections => ({
  ...redisSessions(redis, chance, (user, inMs) => planLook(redis, user, { inMs, every: 0 })),

  epoch: async (user) =>
    String(await redis.run(scripts.epoch, [userKeys(user).inbox], [chance.id(), ttlMs.inbox])),

  register: async ({ user, connection, device, expiresAt, connectedAt }, epoch, handshakes) => {
    const { connections, inbox, revoked, presence, watchers, ended } = userKeys(user);
    const keys = [connections, inbox, revoked, rateKey(user, 'connect'), presence, watchers, ended];
    const args = [connection, device, expiresAt, epoch, connectionMs, ttlMs.inbox];
    const counted = [limits.connectionsPerUser, handshakes?.count ?? 0, handshakes?.windowMs ?? 0];
    const reply = await redis.run(scripts.register, keys, [
      ...args,
      ...counted,
      chance.id(),
      connectedAt ?? '',
    ]);
    const registered = readRegistered(reply);
    if (registered.kind === 'registered') {
      await planLook(redis, user, { inMs: (reply as unknown[])[2], every: 0 });
    }
    return registered;
  },

  gate: async (user, connection, { send, typing, every }) => {
    const { connections, inbox, presence, watchers, watching } = userKeys(user);
    const counted = send ?? typing;
    const rates = [rateKey(user, typing ? 'typing' : 'send'), rateKey(user, `frames:${connection}`)];
    const keys = [connections, inbox, ...rates, presence, watchers, watching];
    const args = [
      connection,
      every ?? '',
      counted?.count ?? 0,
      counted?.windowMs ?? 0,
      chance.id(),
      ttlMs.inbox,
    ];
    const reply = await redis.run(scripts.gate, keys, [...args, frames.count, frames.windowMs]);
    const gate = readGate(reply);
    if (gate.kind === 'open') {
      const [, , , , inMs, announced] = reply as unknown[];
      await planLook(redis, user, { inMs, every: announced });
    }
    return gate;
  },

  mark: async (user, conversation) => {
    const { connections, inbox } = userKeys(user);
    const args = [conversation, chance.id(), connectionMs, ttlMs.inbox];
    const [prev, version, ...pairs] = (await redis.run(scripts.mark, [connections, inbox], args)) as string[];
    return { inbox: { prev: Number(prev), version: Number(version) }, connections: readLive(pairs) };
  },

  live: async (user) =>
    readLive((await redis.run(scripts.live, [userKeys(user).connections], [connectionMs])) as string[]),

  remove: async (user, connection, unlessWithinMs) => {
    const { connections, presence, ended } = userKeys(user);
    const reply = await redis.run(
      scripts.remove,
      [connections, presence, ended],
      [connection, unlessWithinMs],
    );
    const [removed, inMs] = reply as unknown[];
    if (removed !== 1) return false;
    await planLook(redis, user, { inMs, every: 0 });
    return true;
  },

  changes: async (user, above) => {
    const args = [above, chance.id(), ttlMs.inbox];
    const reply = await redis.run(scripts.changes, [userKeys(user).inbox], args);
    const [epoch = '', version, ...pairs] = reply as string[];
    const changed = new Map<ConversationId, number>();
    for (let i = 0; i < pairs.length; i += 2) changed.set(pairs[i] as ConversationId, Number(pairs[i + 1]));
    return { inbox: { epoch, version: Number(version) }, changed };
  },
});
