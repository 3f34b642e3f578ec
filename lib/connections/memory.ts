import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { memoryBeats } from '../beats/memory.ts';
import type { Chance, Clock } from '../clock.ts';
import { memoryArrivals, type Watching } from '../presence/arrivals-memory.ts';
import { takeIn } from '../rates/memory.ts';
import type { Window } from '../rates/port.ts';
import { rateKey, ttlMs, userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { memoryEnded } from './ended-memory.ts';
import type { Connections } from './port.ts';
import { isRevoked, type Known, memorySessions } from './sessions-memory.ts';

type Inbox = { epoch: string; versions: Map<ConversationId, number> };

const connectionMs = limits.connectionSeconds * 1_000;

type Parts = { keys: Keyspace; clock: Clock; chance: Chance; frames?: Window };

export const memoryConnections = (parts: Parts): Connections => {
  const { keys, clock, chance, frames = limits.frames } = parts;

  const connectionsOf = (user: UserId) =>
    new Map(keys.get<Map<ConnectionId, Known>>(userKeys(user).connections) ?? []);
  const keepConnections = (user: UserId, known: Map<ConnectionId, Known>) =>
    keys.set(userKeys(user).connections, known, connectionMs);

  const inboxOf = (user: UserId): Inbox => {
    const kept = keys.get<Inbox>(userKeys(user).inbox);
    if (kept) return kept;
    const fresh: Inbox = { epoch: chance.id(), versions: new Map() };
    keys.set(userKeys(user).inbox, fresh, ttlMs.inbox);
    return fresh;
  };
  const arrivals = memoryArrivals({ keys, clock, beats: memoryBeats({ keys, clock }) });
  const watchingOf = (user: UserId) => keys.get<Watching>(userKeys(user).watching) ?? new Map();

  const liveOf = (user: UserId) =>
    [...connectionsOf(user).values()]
      .filter(({ since, expiresAt }) => clock.now() - since <= connectionMs && expiresAt > clock.now())
      .map(({ connection, expiresAt }) => ({ connection, expiresAt }));
  const ended = memoryEnded({ keys, clock });
  const versionOf = ({ versions }: Inbox) => Math.max(0, ...versions.values());

  return {
    ...memorySessions({ keys, chance, ended, connectionsOf, keepConnections, leave: arrivals.leave }),

    epoch: async (user) => inboxOf(user).epoch,

    register: async ({ user, device, connection, expiresAt, connectedAt }, epoch, handshakes) => {
      if (isRevoked(keys, user, device)) return { kind: 'revoked' };
      if (ended.has(user, connection)) return { kind: 'ended' };
      if (inboxOf(user).epoch !== epoch) return { kind: 'forgotten' };
      const now = clock.now();
      const wait = handshakes && takeIn(keys, rateKey(user, 'connect'), handshakes, now);
      if (wait !== undefined) return { kind: 'limited', retryAfterMs: wait };
      const since = Math.min(now, connectedAt ?? now);
      const known = { user, device, connection, expiresAt, since, last: now, every: 0 };
      const all = connectionsOf(user).set(connection, known);
      const others = [...all.values()].filter((other) => other.connection !== connection);
      const dropped = others
        .sort((one, other) => one.since - other.since)
        .slice(0, Math.max(0, all.size - limits.connectionsPerUser))
        .map((other) => other.connection);
      for (const other of dropped) all.delete(other);
      keepConnections(user, all);
      const before = ended.by(user, connection);
      ended.note(user, dropped, connection);
      const appeared = await arrivals.arrive(user, known);
      return { kind: 'registered', dropped: [...before, ...dropped], appeared };
    },

    gate: async (user, connection, { send, typing, every }) => {
      const all = connectionsOf(user);
      const known = all.get(connection);
      if (!known) return { kind: 'unknown', epoch: inboxOf(user).epoch };
      const tooFast = takeIn(keys, rateKey(user, `frames:${connection}`), frames, clock.now());
      if (tooFast !== undefined) return { kind: 'limited', retryAfterMs: tooFast };
      if (known.expiresAt <= clock.now()) return { kind: 'expired' };
      const heard = { ...known, last: clock.now(), ...(every !== undefined && { every }) };
      keepConnections(user, all.set(connection, heard));
      const counted = send ?? typing;
      const wait = counted && takeIn(keys, rateKey(user, send ? 'send' : 'typing'), counted, clock.now());
      if (wait !== undefined) return { kind: 'limited', retryAfterMs: wait };
      const inbox = inboxOf(user);
      return {
        kind: 'open',
        inbox: { epoch: inbox.epoch, version: versionOf(inbox) },
        watching: watchingOf(user).get(connection) ?? [],
        appeared: await arrivals.arrive(user, heard),
      };
    },

    mark: async (user, conversation) => {
      const inbox = inboxOf(user);
      const prev = versionOf(inbox);
      const version = Math.max(prev + 1, clock.now() * 1_000);
      const versions = new Map(inbox.versions).set(conversation, version);
      keys.set(userKeys(user).inbox, { ...inbox, versions }, ttlMs.inbox);
      return { inbox: { prev, version }, connections: liveOf(user) };
    },

    live: async (user) => liveOf(user),

    remove: async (user, connection, unlessWithinMs) => {
      const all = connectionsOf(user);
      const known = all.get(connection);
      if (known && clock.now() - known.since < unlessWithinMs) return false;
      // Nobody knows whether its handshake is over.
      if (!known && unlessWithinMs > 0) return true;
      all.delete(connection);
      keepConnections(user, all);
      ended.note(user, [connection], 'itself');
      if (known) await arrivals.leave(known);
      return true;
    },

    changes: async (user, above) => {
      const inbox = inboxOf(user);
      const changed = [...inbox.versions].filter(([, version]) => version > above);
      return {
        inbox: { epoch: inbox.epoch, version: versionOf(inbox) },
        changed: new Map(changed.sort(([, one], [, other]) => one - other)),
      };
    },
  };
};
