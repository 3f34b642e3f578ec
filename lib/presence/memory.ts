import type { ConnectionId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Clock } from '../clock.ts';
import { memoryEnded } from '../connections/ended-memory.ts';
import type { Known } from '../connections/sessions-memory.ts';
import { ttlMs, typingKey, userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { type Standing, standings, type Watching } from './arrivals-memory.ts';
import type { Presences, Watcher } from './port.ts';
import { dueAt, endOf, isBrisk, onlineUntil, type Rules, rules } from './rules.ts';

type Watchers = ReadonlyMap<string, Watcher & { at: number }>;
type Parts = { keys: Keyspace; clock: Clock };

const watchMs = limits.connectionSeconds * 1_000;

export const memoryPresences = ({
  keys,
  clock,
  rules: given = rules,
}: Parts & { rules?: Rules }): Presences => {
  const { of, change } = standings(keys);
  const ended = memoryEnded({ keys, clock });
  const connectionsOf = (user: UserId) =>
    new Map(keys.get<ReadonlyMap<ConnectionId, Known>>(userKeys(user).connections) ?? []);

  const watchersOf = (user: UserId) =>
    new Map(
      [...(keys.get<Watchers>(userKeys(user).watchers) ?? [])].filter(
        ([, { at }]) => at > clock.now() - watchMs,
      ),
    );
  const keepWatchers = (user: UserId, watchers: Watchers) => {
    if (watchers.size > 0) keys.set(userKeys(user).watchers, watchers, watchMs);
    else keys.delete(userKeys(user).watchers);
  };

  const lingersUntil = ({ left, lingers = 0 }: Standing) =>
    Math.max(left === undefined ? 0 : left + given.graceMs, lingers);

  const stateOf = (user: UserId) => {
    const now = clock.now();
    const all = [...connectionsOf(user).values()];
    // Whose token has ended counts as long as who has left: there is time to come back with another.
    const counts = (one: Known) => Math.min(onlineUntil(given, one), one.expiresAt + given.graceMs) > now;
    const seen = Math.max(of(user).seen ?? 0, ...all.map(({ last }) => last));
    const online = all.some(counts) || lingersUntil(of(user)) > now;
    return { user, online, ...(!online && seen > 0 && { lastSeen: seen }) };
  };

  return {
    of: async (users, watcher) => {
      for (const user of watcher ? users : []) {
        const name = `${watcher?.connection} ${watcher?.user}`;
        keepWatchers(user, watchersOf(user).set(name, { ...(watcher as Watcher), at: clock.now() }));
      }
      return users.map(stateOf);
    },

    async watch(watcher, users) {
      const { watching } = userKeys(watcher.user);
      const standing = connectionsOf(watcher.user);
      const lists = new Map([...(keys.get<Watching>(watching) ?? [])].filter(([one]) => standing.has(one)));
      for (const user of lists.get(watcher.connection) ?? []) {
        const watchers = watchersOf(user);
        watchers.delete(`${watcher.connection} ${watcher.user}`);
        keepWatchers(user, watchers);
      }
      keys.set(watching, lists.set(watcher.connection, users), watchMs);
      return this.of(users, watcher);
    },

    watchers: async (user) => {
      const now = clock.now();
      const reach = (watcher: UserId) => {
        const lists = keys.get<Watching>(userKeys(watcher).watching);
        return [...connectionsOf(watcher).values()].filter(
          ({ connection, expiresAt }) => expiresAt > now && lists?.get(connection)?.includes(user),
        );
      };
      return [...new Set([...watchersOf(user).values()].map((watcher) => watcher.user))].map((watcher) => ({
        user: watcher,
        connections: reach(watcher).map(({ connection, expiresAt }) => ({ connection, expiresAt })),
      }));
    },

    hide: async (user, watcher) => {
      const { watching } = userKeys(watcher);
      const lists = [...(keys.get<Watching>(watching) ?? [])];
      const without = (users: UserId[]) => users.filter((one) => one !== user);
      keys.set(watching, new Map(lists.map(([connection, users]) => [connection, without(users)])), watchMs);
    },

    look: async (user) => {
      const now = clock.now();
      const { looked = 0, kept = 0, told = false, lingers = 0, ...before } = of(user);
      const all = connectionsOf(user);
      const seen = Math.max(before.seen ?? 0, ...[...all.values()].map(({ last }) => last));
      const leaving = [...all.values()].flatMap((one) => endOf(given, one, looked, now) ?? []);
      const closed = leaving.filter((one) => one.closed).map(({ connection }) => connection);
      for (const connection of closed) all.delete(connection);
      ended.note(user, closed, 'the sweep');
      keys.set(userKeys(user).connections, all, watchMs);
      change(user, { looked: now, seen, lingers: Math.max(lingers, ...leaving.map((one) => one.lingers)) });

      const state = stateOf(user);
      const watched = watchersOf(user).size > 0;
      if (!watched) change(user, { told: state.online });
      const standing = [...all.values()];
      const lingering = lingersUntil(of(user));
      const at = Math.min(
        ...standing.map((one) => dueAt(given, one, now)),
        lingering > now ? lingering : Number.POSITIVE_INFINITY,
      );
      const planned = Number.isFinite(at) ? at : undefined;
      const { look: _, ...rest } = of(user);
      keys.set(userKeys(user).presence, { ...rest, ...(planned && { look: planned }) }, ttlMs.presence);
      return {
        now: state,
        changed: watched && told !== state.online,
        ...(seen - kept >= (state.online ? given.keepMs : 1) && { keep: seen }),
        goodbyes: leaving.map(({ lingers: _, ...one }) => one),
        ...(planned && {
          next: { inMs: planned - now, brisk: standing.some(({ every }) => isBrisk(every)) },
        }),
      };
    },

    told: async (user, online) => {
      change(user, { told: online });
      return stateOf(user).online === online;
    },

    kept: async (user, seen) => change(user, { kept: Math.max(seen, of(user).kept ?? 0) }),

    typing: async (user, conversation, active) => {
      const key = typingKey(user, conversation);
      const last = keys.get<{ active: boolean; at: number }>(key);
      const now = clock.now();
      if (active && last && now - last.at < given.typingPaceMs) return false;
      if (!active && !last?.active) return false;
      keys.set(key, { active, at: active ? now : (last?.at ?? now) }, given.typingMs);
      return true;
    },
  };
};
