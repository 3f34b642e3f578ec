import type { ConnectionId, ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Chance } from '../clock.ts';
import windowLua from '../rates/lua/window.lua';
import { connectionKey, rateKey, ttlMs, userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import gateLua from './lua/gate.lua';
import inboxLua from './lua/inbox.lua';
import inboxOfLua from './lua/inbox-of.lua';
import markLua from './lua/mark.lua';
import registerLua from './lua/register.lua';
import removeLua from './lua/remove.lua';
import type { Connections, Gate, Live, Owner } from './port.ts';

const scripts = {
  register: script('register', inboxLua + registerLua),
  gate: script('gate', windowLua + inboxLua + gateLua),
  mark: script('mark', inboxLua + markLua),
  remove: script('remove', removeLua),
  inboxOf: script('inbox-of', inboxOfLua),
};

const connectionMs = limits.connectionSeconds * 1_000;

const readGate = (reply: unknown): Gate => {
  const [kind, ...rest] = reply as [Gate['kind'], ...unknown[]];
  if (kind === 'open') return { kind, inbox: { epoch: String(rest[0]), version: Number(rest[1]) } };
  if (kind === 'limited') return { kind, retryAfterMs: Number(rest[0]) };
  return { kind };
};

export const redisConnections = ({ redis, chance }: { redis: Redis; chance: Chance }): Connections => ({
  register: async ({ user, connection, device, expiresAt }) => {
    const { connections, inbox } = userKeys(user);
    await Promise.all([
      redis.run(
        scripts.register,
        [connections, inbox],
        [connection, device, expiresAt, chance.id(), connectionMs, ttlMs.inbox],
      ),
      redis.set(connectionKey(connection), `${user} ${device}`, connectionMs),
    ]);
  },

  gate: async (user, connection, { send, every }) => {
    const { connections, inbox } = userKeys(user);
    const args = [connection, every ?? '', send?.count ?? 0, send?.windowMs ?? 0, chance.id(), ttlMs.inbox];
    return readGate(await redis.run(scripts.gate, [connections, inbox, rateKey(user, 'send')], args));
  },

  mark: async (user, conversation) => {
    const { connections, inbox } = userKeys(user);
    const args = [conversation, chance.id(), connectionMs, ttlMs.inbox];
    const [prev, version, ...pairs] = (await redis.run(scripts.mark, [connections, inbox], args)) as string[];
    const live: Live[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      live.push({ connection: pairs[i] as ConnectionId, expiresAt: Number(pairs[i + 1]) });
    }
    return { inbox: { prev: Number(prev), version: Number(version) }, connections: live };
  },

  remove: async (user, connection, unlessWithinMs) => {
    const removed = await redis.run(
      scripts.remove,
      [userKeys(user).connections],
      [connection, unlessWithinMs],
    );
    if (removed === 1) await redis.delete(connectionKey(connection));
    return removed === 1;
  },

  owner: async (connection) => {
    const [user, device] = (await redis.get(connectionKey(connection)))?.split(' ') ?? [];
    return user && device ? ({ user, device } as Owner) : undefined;
  },

  inbox: async (user) => {
    const flat = (await redis.run(scripts.inboxOf, [userKeys(user).inbox], [])) as string[];
    const versions = new Map<ConversationId, number>();
    for (let i = 0; i < flat.length; i += 2) versions.set(flat[i] as ConversationId, Number(flat[i + 1]));
    return versions;
  },
});
