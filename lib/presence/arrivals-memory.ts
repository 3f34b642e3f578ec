import type { ConnectionId, UserId } from '../../schema/ids.ts';
import type { Beats } from '../beats/port.ts';
import type { Clock } from '../clock.ts';
import type { Known } from '../connections/sessions-memory.ts';
import { ttlMs, userKeys } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { dueAt, isBrisk, leftAt, rules } from './rules.ts';

/** What is kept of a user beside his connections; times in milliseconds. */
export type Standing = {
  told?: boolean;
  /** When the sweep looks next, and when it last did. */
  look?: number;
  looked?: number;
  /** When a connection last left, and until when one that was silent counts. */
  left?: number;
  lingers?: number;
  seen?: number;
  kept?: number;
};
export type Watching = ReadonlyMap<ConnectionId, UserId[]>;

export const standings = (keys: Keyspace) => ({
  of: (user: UserId): Standing => keys.get<Standing>(userKeys(user).presence) ?? {},
  change: (user: UserId, changed: Standing) => {
    const key = userKeys(user).presence;
    keys.set(key, { ...keys.get<Standing>(key), ...changed }, ttlMs.presence);
  },
});

/** What frames and ends of connections do to presence, in the same step. */
export const memoryArrivals = ({ keys, clock, beats }: { keys: Keyspace; clock: Clock; beats: Beats }) => {
  const { of, change } = standings(keys);
  const isPlanned = (look: number | undefined, at: number) =>
    look !== undefined && look <= at && look > clock.now() - rules.overdueMs;

  const plan = async (user: UserId, at: number, every: number) => {
    if (isPlanned(of(user).look, at)) return;
    change(user, { look: at });
    await beats.ask(user, { inMs: at - clock.now(), brisk: isBrisk(every) });
  };
  return {
    arrive: async (user: UserId, one: Known): Promise<boolean> => {
      const now = clock.now();
      const appeared = !of(user).told && keys.get(userKeys(user).watchers) !== undefined;
      if (!appeared) change(user, { told: true });
      await plan(user, appeared ? now : dueAt(rules, one, now), one.every);
      return appeared;
    },
    leave: async (known: Known): Promise<void> => {
      const { user, last } = known;
      const now = clock.now();
      const before = of(user);
      const left = Math.max(leftAt(rules, known, now), before.left ?? 0);
      change(user, { left, seen: Math.max(last, before.seen ?? 0) });
      const others = keys.get<ReadonlyMap<ConnectionId, Known>>(userKeys(user).connections);
      if (!others?.size) await plan(user, Math.max(now, left + rules.graceMs), 0);
    },
  };
};
