import { timer } from '../clock.ts';
import type { Ask } from '../connection/link.ts';
import { live, until } from '../live.ts';
import type { Clock } from '../types/environment.ts';
import type { Parley, PresenceWatch } from '../types/parley.ts';
import type { Presence, UserId } from '../wire.gen.ts';

/** A connection watches no more. */
const mostWatched = 20;
/** Watching and looking away of one moment are told together. */
const gatherMs = 50;

/** Who is online, of those whom somebody watches. */
export const presenceWatch = (clock: Clock, ask: Ask, { on }: Pick<Parley, 'on'>) => {
  const watched = new Set<{ users: readonly UserId[] }>();
  const gather = timer(clock);
  let known: ReadonlyMap<UserId, Presence> = new Map();
  let told = '';
  const view = live(() => known);

  const wanted = () =>
    [...new Set([...watched].reverse().flatMap(({ users }) => users))].slice(0, mostWatched);
  const show = (all: readonly Presence[]) => {
    const changed = all.filter(({ user, online, lastSeen }) => {
      const last = known.get(user);
      return last?.online !== online || last.lastSeen !== lastSeen;
    });
    if (changed.length === 0) return;
    known = new Map([...known, ...changed.map((one) => [one.user, one] as const)]);
    view.touch();
  };
  on('presence', ({ users }) => show(users));
  const tell = () => {
    const users = wanted();
    if (users.join() === told) return;
    told = users.join();
    // What fails without a connection is told by the next one.
    ask('watchPresence', { users }).catch(() => {
      told = '';
    });
  };

  const watch: PresenceWatch = {
    get: view.get,
    onChange: view.onChange,
    watch: (users, { signal } = {}) => {
      const one = { users };
      watched.add(one);
      gather.start(tell, gatherMs);
      return until(signal, () => {
        if (watched.delete(one)) gather.start(tell, gatherMs);
      });
    },
  };
  return {
    watch,
    /** A new connection watches nobody. */
    repeat: () => {
      told = '';
      if (watched.size > 0) tell();
    },
    stop: gather.stop,
  };
};
