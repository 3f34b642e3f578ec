import type { Clock, SocketConstructor, Surroundings } from '../types/environment.ts';
import { issueToken } from './backend/acts/sessions.ts';
import { dismiss } from './backend/connections.ts';
import { connectionsOf, type User, type World } from './backend/world.ts';
import { idBy, seeded } from './chance.ts';
import { fetchOver, type Serve } from './line/fetch.ts';
import { createLine, type Line } from './line/line.ts';
import { type Server, socketOver } from './line/socket.ts';

/** What `connect` takes, for one device: spread it. */
export type DeviceOptions = {
  url: string;
  getToken: () => string;
  WebSocket: SocketConstructor;
  fetch: typeof fetch;
  clock: Clock;
  random: () => number;
  surroundings: Surroundings;
};

/** A phone, a laptop, a browser: signed in, with a line of its own, which its tabs share. */
export type TestDevice = {
  readonly id: string;
  readonly options: DeviceOptions;
  readonly line: Line;
  /** How many connections of it the server knows. */
  connections(): number;
  /** All tokens it was given so far end now. The next one is good. */
  expire(): void;
  /** It is signed out from elsewhere, for ever. */
  revoke(): void;
};

/** What answers a device at the other end of its line. */
export type Backend = Server & { url: string; serve: Serve };

export const createDevice = (
  world: World,
  backend: Backend,
  user: User,
  tokenSeconds: number,
): TestDevice => {
  const { clock, chance } = world;
  const id = idBy(chance);
  const known: ReturnType<User['devices']['get']> & object = { createdAt: clock.now() };
  user.devices.set(id, known);
  const line = createLine({ clock, chance });
  const own = () => connectionsOf(world, user).filter(({ device }) => device === id);
  return {
    id,
    line,
    options: {
      url: backend.url,
      getToken: () => issueToken(world, user, id, tokenSeconds).token,
      WebSocket: socketOver(line, backend),
      fetch: fetchOver(line, backend.serve),
      clock,
      random: seeded(Math.floor(chance() * 2 ** 32)),
      surroundings: { listen: line.listen },
    },
    connections: () => own().length,
    expire: () => {
      known.voidUpTo = world.tokens;
      for (const connection of own()) connection.expiresAt = clock.now();
    },
    revoke: () => {
      known.revokedAt = clock.now();
      for (const connection of own()) {
        dismiss(world, connection, { code: 'revoked', reconnect: false, afterMs: 0 });
      }
    },
  };
};
