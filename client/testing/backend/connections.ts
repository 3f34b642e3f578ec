import type { Goodbye } from '../../wire.gen.ts';
import { idBy } from '../chance.ts';
import { tellWatchers } from './acts/presence.ts';
import { confirmDevice } from './acts/sessions.ts';
import { limits, rules } from './limits.ts';
import { take } from './rates.ts';
import { Refusal } from './refusal.ts';
import { type Claims, type Connection, connectionsOf, type World } from './world.ts';

type Wire = Pick<Connection, 'post' | 'close'>;
type Farewell = Omit<Goodbye, 'type'>;

/** Forgets a connection. It counts as online for a while: time to come back on another. */
const drop = ({ clock, connections }: World, connection: Connection): void => {
  if (!connections.delete(connection.id)) return;
  const { user, last } = connection;
  user.left = clock.now();
  user.seen = Math.max(user.seen, last);
};

/** Says goodbye, and closes. */
export const dismiss = (world: World, connection: Connection, why: Farewell): void => {
  drop(world, connection);
  connection.post({ type: 'goodbye', ...why }, 'push');
  connection.close();
};

/** Registers, and says goodbye to those that are too many by it. */
export const enrol = (world: World, connection: Connection): void => {
  const { user } = connection;
  const others = connectionsOf(world, user).filter((one) => one !== connection);
  others.sort((one, other) => one.since - other.since);
  connection.forgotten = false;
  world.connections.set(connection.id, connection);
  const tooMany = others.length + 1 - limits.connectionsPerUser;
  for (const one of others.slice(0, Math.max(0, tooMany))) {
    dismiss(world, one, { code: 'too-many', reconnect: false, afterMs: 0 });
  }
};

/** The handshake. Throws where nobody is let in. */
export const connect = (world: World, claims: Claims, wire: Wire): Connection => {
  confirmDevice(claims.user, claims.device);
  take(world, `connect ${claims.user.id}`, limits.connects);
  const now = world.clock.now();
  const connection: Connection = {
    ...claims,
    ...wire,
    id: idBy(world.chance),
    since: now,
    last: now,
    every: 0,
    watching: [],
    forgotten: false,
    asked: false,
  };
  enrol(world, connection);
  tellWatchers(world, claims.user);
  return connection;
};

/** The server hears that a socket has ended. */
export const disconnect = (world: World, connection: Connection): void => drop(world, connection);

/** Any frame counts as a sign of life. Throws where the gate is shut. */
export const pass = (
  world: World,
  connection: Connection,
  { every, registers = false }: { every?: number | undefined; registers?: boolean } = {},
): void => {
  const now = world.clock.now();
  if (connection.forgotten && !registers) {
    throw new Refusal('unknown-connection', 'this connection is not registered');
  }
  if (!connection.forgotten) take(world, `frames ${connection.id}`, limits.frames);
  if (connection.expiresAt <= now) throw new Refusal('token-expired', 'the token has expired');
  if (connection.forgotten) {
    confirmDevice(connection.user, connection.device);
    enrol(world, connection);
  }
  connection.last = now;
  if (every !== undefined) connection.every = every;
  tellWatchers(world, connection.user);
};

const lifeEnds = ({ since, id }: Connection): number => {
  let spread = 0;
  for (const letter of id) spread = (spread * 31 + letter.charCodeAt(0)) % rules.lifetimeSpreadMs;
  return since + rules.lifetimeMs + spread;
};

const silentAt = ({ last, every }: Connection): number => last + rules.silentBeats * every * 1_000;

/** Why the time of a connection is over, and until when its user counts nevertheless. */
const endOf = (
  connection: Connection,
  now: number,
): { code: Goodbye['code']; lingers: number } | undefined => {
  const { every, expiresAt, last } = connection;
  if (expiresAt <= now) return { code: 'expired', lingers: expiresAt + rules.graceMs };
  if (every > 0 && silentAt(connection) <= now) {
    return { code: 'silent', lingers: last + rules.onlineBeats * every * 1_000 };
  }
  const isOld = lifeEnds(connection) + rules.farewellMs <= now;
  return isOld ? { code: 'lifetime', lingers: now + rules.graceMs } : undefined;
};

const lookAt = (world: World, connection: Connection): void => {
  const now = world.clock.now();
  const { user } = connection;
  const later = (ms: number) => Math.floor(world.chance() * ms);
  const end = endOf(connection, now);
  if (end) {
    dismiss(world, connection, { code: end.code, reconnect: true, afterMs: later(5_000) });
    user.left = Number.NEGATIVE_INFINITY;
    user.lingers = Math.max(user.lingers, end.lingers);
  } else if (lifeEnds(connection) <= now && !connection.asked) {
    connection.asked = true;
    connection.post({ type: 'goodbye', code: 'lifetime', reconnect: true, afterMs: later(30_000) }, 'push');
  }
};

/** What time alone brings about; `true` while there is more to come. */
export const sweep = (world: World): boolean => {
  for (const connection of world.connections.values()) if (!connection.forgotten) lookAt(world, connection);
  for (const user of world.users.values()) tellWatchers(world, user);
  return world.connections.size > 0 || [...world.users.values()].some((user) => user.told);
};
