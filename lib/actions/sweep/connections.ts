import type { UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { dismiss } from '../../dismiss.ts';
import { isUnavailable } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import type { Leaving } from '../../presence/port.ts';
import { type TellUses, tellWatchers } from '../connections/tell-watchers.ts';

export type ConnectionsUses = TellUses & Pick<App, 'beats' | 'seen' | 'chance' | 'clock'>;

/** Users taken from each shard at once. */
const taken = 100;
/** What could not be kept is tried again after this long; what was told and is otherwise by now, after that. */
const keepAgainMs = 60_000;
const tellAgainMs = 1_000;
/** Clients come back at random moments within this, so that they do not all come at once. */
const returnMs = 5_000;
const replaceMs = 30_000;

/** Whoever is asked to come back on another connection keeps this one until then. */
const bid = async (app: ConnectionsUses, { connection, code, closed }: Leaving) => {
  const afterMs = app.chance.between(0, closed ? returnMs : replaceMs);
  const why = { code, reconnect: true, afterMs };
  if (closed) await dismiss(app, [connection], why);
  else await app.gateway.post(connection, JSON.stringify({ type: 'goodbye', ...why }));
};

/** `false` where it could not be kept. */
const keep = async (app: ConnectionsUses, user: UserId, seen: number): Promise<boolean> => {
  try {
    await app.seen.keep(user, seen);
    await app.presence.kept(user, seen);
    return true;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return false;
  }
};

/** One look at one user. It is settled last: a look that dies is handed out again. */
const lookAt = async (app: ConnectionsUses, user: UserId) => {
  const looked = app.clock.now();
  const { now, changed, keep: seen, goodbyes, next } = await app.presence.look(user);
  const [told, kept] = await Promise.all([
    !changed || tellWatchers(app, now),
    seen === undefined || keep(app, user, seen),
    ...goodbyes.map((leaving) => bid(app, leaving)),
  ]);
  const brisk = next?.brisk ?? false;
  // Counted from the look, not from the end of what it led to.
  const nextMs = next && Math.max(0, next.inMs - (app.clock.now() - looked));
  const inMs = Math.min(
    nextMs ?? Number.POSITIVE_INFINITY,
    told ? Number.POSITIVE_INFINITY : tellAgainMs,
    kept ? Number.POSITIVE_INFINITY : keepAgainMs,
  );
  await app.beats.settle(user, Number.isFinite(inMs) ? { inMs, brisk } : undefined);
  return { closed: goodbyes.filter((one) => one.closed).length, changed: changed ? 1 : 0, brisk };
};

type Swept = { closed: number; changed: number; brisk: boolean };

/** Looks at every user whose time has come, and at nobody else. */
export const sweepConnections = async (
  app: ConnectionsUses,
  until = Number.POSITIVE_INFINITY,
): Promise<Swept> => {
  const swept: Swept = { closed: 0, changed: 0, brisk: false };
  const look = async (user: UserId) => {
    try {
      const { closed, changed, brisk } = await lookAt(app, user);
      swept.closed += closed;
      swept.changed += changed;
      swept.brisk ||= brisk;
    } catch (error) {
      // One user who cannot be looked at must not stand before the others; his look is held, and comes again.
      if (isUnavailable(error)) throw error;
      app.log.error('sweep.failed', { kind: 'connections', cause: error });
    }
  };
  try {
    for (;;) {
      const { users, brisk } = await app.beats.due(taken);
      swept.brisk ||= brisk;
      if (users.length === 0) return swept;
      await inLanes(limits.inlinePosts, users, look);
      // The next sweep goes on with what is due.
      if (app.clock.now() >= until) return swept;
    }
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    app.log.warn('sweep.interrupted', { closed: swept.closed, cause: error });
    return swept;
  }
};
