import type { ConnectionId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Goodbye, Presence } from '../../schema/pushes.ts';
import type { Chance } from '../clock.ts';
import liveLua from '../connections/lua/live.lua';
import { readLive } from '../connections/redis.ts';
import { endedPrelude } from '../connections/scripts.ts';
import { inLanes } from '../lanes.ts';
import { ttlMs, typingKey, userKeys } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import hideLua from './lua/hide.lua';
import keptLua from './lua/kept.lua';
import lookLua from './lua/look.lua';
import reachLua from './lua/reach.lua';
import stateLua from './lua/state.lua';
import toldLua from './lua/told.lua';
import typingLua from './lua/typing.lua';
import unwatchLua from './lua/unwatch.lua';
import watchLua from './lua/watch.lua';
import watchersLua from './lua/watchers.lua';
import type { Leaving, Looked, Presences, Watcher } from './port.ts';
import { type Rules, rules } from './rules.ts';
import { presenceScript } from './scripts.ts';

/** Nothing limits how many watch one user: asked for all at once they would time out together. */
const reachedAtOnce = 200;

const scriptsBy = (given: Rules) => ({
  state: presenceScript('presence', stateLua, given),
  look: presenceScript('look-at-user', endedPrelude + lookLua, given),
  told: presenceScript('told', toldLua, given),
});
const scripts = {
  watch: script('watch', watchLua),
  unwatch: script('unwatch', unwatchLua),
  reach: script('reach', liveLua + reachLua),
  hide: script('hide', hideLua),
  watchers: script('watchers', watchersLua),
  kept: script('kept', keptLua),
  typing: script('typing', typingLua),
};

const watchMs = limits.connectionSeconds * 1_000;

const pack = ({ connection, user }: Watcher) => `${connection} ${user}`;

const stateFrom = (user: UserId, online: unknown, seen: unknown): Presence => ({
  user,
  online: online === 1,
  ...(online !== 1 && seen !== '0' && { lastSeen: Number(seen) }),
});

const leavingFrom = (fields: unknown[]): Leaving[] =>
  Array.from({ length: fields.length / 3 }, (_, i) => ({
    connection: fields[3 * i] as ConnectionId,
    code: fields[3 * i + 1] as Goodbye['code'],
    closed: fields[3 * i + 2] === 1,
  }));

const lookedFrom = (user: UserId, reply: unknown): Looked => {
  const [online, seen, changed, keep, inMs, brisk, ...leaving] = reply as unknown[];
  return {
    now: stateFrom(user, online, seen),
    changed: changed === 1,
    ...(keep !== '0' && { keep: Number(keep) }),
    goodbyes: leavingFrom(leaving),
    ...(inMs !== '' && { next: { inMs: Number(inMs), brisk: brisk === 1 } }),
  };
};

export const redisPresences = ({
  redis,
  chance,
  rules: given = rules,
}: {
  redis: Redis;
  chance: Chance;
  rules?: Rules;
}): Presences => {
  const { state, look, told } = scriptsBy(given);

  const of = (users: UserId[], watcher?: Watcher) =>
    Promise.all(
      users.map(async (user) => {
        const { connections, presence, watchers } = userKeys(user);
        const args = [watcher ? pack(watcher) : '', watchMs];
        const [online, seen] = (await redis.run(state, [connections, presence, watchers], args)) as unknown[];
        return stateFrom(user, online, seen);
      }),
    );

  return {
    of,

    watch: async (watcher, users) => {
      const { connections, watching } = userKeys(watcher.user);
      const args = [watcher.connection, users.join(' '), watchMs];
      const before = String(await redis.run(scripts.watch, [connections, watching], args));
      const gone = before.split(' ').filter((user) => user !== '' && !users.includes(user as UserId));
      const [states] = await Promise.all([
        of(users, watcher),
        ...gone.map((user) =>
          redis.run(scripts.unwatch, [userKeys(user as UserId).watchers], [pack(watcher)]),
        ),
      ]);
      return states;
    },

    watchers: async (user) => {
      const packed = await redis.run(scripts.watchers, [userKeys(user).watchers], [watchMs]);
      const users = new Set((packed as string[]).map((watcher) => watcher.split(' ')[1] as UserId));
      const reach = async (watcher: UserId) => {
        const { connections, watching } = userKeys(watcher);
        const live = await redis.run(scripts.reach, [connections, watching], [user, watchMs]);
        return { user: watcher, connections: readLive(live as string[]) };
      };
      const reached: Awaited<ReturnType<typeof reach>>[] = [];
      await inLanes(reachedAtOnce, [...users], async (watcher) => void reached.push(await reach(watcher)));
      return reached;
    },

    hide: async (user, watcher) => {
      await redis.run(scripts.hide, [userKeys(watcher).watching], [user]);
    },

    look: async (user) => {
      const { connections, presence, watchers, ended } = userKeys(user);
      const keys = [connections, presence, watchers, ended];
      return lookedFrom(user, await redis.run(look, keys, [chance.id()]));
    },

    told: async (user, online) => {
      const { connections, presence } = userKeys(user);
      return (await redis.run(told, [connections, presence], [online ? '1' : '0'])) === 1;
    },

    kept: async (user, seen) => {
      await redis.run(scripts.kept, [userKeys(user).presence], [seen, ttlMs.presence]);
    },

    typing: async (user, conversation, active) => {
      const args = [active ? '1' : '0', given.typingPaceMs, given.typingMs];
      return (await redis.run(scripts.typing, [typingKey(user, conversation)], args)) === 1;
    },
  };
};
