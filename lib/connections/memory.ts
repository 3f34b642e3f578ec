import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Chance, Clock } from '../clock.ts';
import { takeIn } from '../rates/memory.ts';
import { connectionKey, rateKey, ttlMs, userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import type { Connections, Owner, Registration } from './port.ts';

type Known = Registration & { since: number; last: number; every: number };
type Inbox = { epoch: string; versions: Map<ConversationId, number> };

const connectionMs = limits.connectionSeconds * 1_000;

export const memoryConnections = (parts: { keys: Keyspace; clock: Clock; chance: Chance }): Connections => {
  const { keys, clock, chance } = parts;

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
  const versionOf = ({ versions }: Inbox) => Math.max(0, ...versions.values());

  return {
    register: async (registration) => {
      const now = clock.now();
      const known = { ...registration, since: now, last: now, every: 0 };
      keepConnections(
        registration.user,
        connectionsOf(registration.user).set(registration.connection, known),
      );
      inboxOf(registration.user);
      const owner: Owner = { user: registration.user, device: registration.device };
      keys.set(connectionKey(registration.connection), owner, connectionMs);
    },

    gate: async (user, connection, { send, every }) => {
      const all = connectionsOf(user);
      const known = all.get(connection);
      if (!known) return { kind: 'unknown' };
      if (known.expiresAt <= clock.now()) return { kind: 'expired' };
      keepConnections(
        user,
        all.set(connection, { ...known, last: clock.now(), ...(every !== undefined && { every }) }),
      );
      const wait = send && takeIn(keys, rateKey(user, 'send'), send, clock.now());
      if (wait !== undefined) return { kind: 'limited', retryAfterMs: wait };
      const inbox = inboxOf(user);
      return { kind: 'open', inbox: { epoch: inbox.epoch, version: versionOf(inbox) } };
    },

    mark: async (user, conversation) => {
      const inbox = inboxOf(user);
      const prev = versionOf(inbox);
      const version = Math.max(prev + 1, clock.now() * 1_000);
      const versions = new Map(inbox.versions).set(conversation, version);
      keys.set(userKeys(user).inbox, { ...inbox, versions }, ttlMs.inbox);
      const live = [...connectionsOf(user).values()].filter(
        ({ since, expiresAt }) => clock.now() - since <= connectionMs && expiresAt > clock.now(),
      );
      return {
        inbox: { prev, version },
        connections: live.map(({ connection, expiresAt }) => ({ connection, expiresAt })),
      };
    },

    remove: async (user, connection, unlessWithinMs) => {
      const all = connectionsOf(user);
      const known = all.get(connection);
      if (known && clock.now() - known.since < unlessWithinMs) return false;
      all.delete(connection);
      keepConnections(user, all);
      keys.delete(connectionKey(connection));
      return true;
    },

    owner: async (connection) => keys.get<Owner>(connectionKey(connection)),

    inbox: async (user) => new Map(inboxOf(user).versions),
  };
};
