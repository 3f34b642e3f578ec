import type { Clock } from '../types/environment.ts';
import type { Conversation, ConversationId, Entry, Goodbye } from '../wire.gen.ts';
import { disconnect, dismiss, sweep } from './backend/connections.ts';
import { rules } from './backend/limits.ts';
import { withText } from './backend/log.ts';
import { addUser, createWorld, userNamed } from './backend/world.ts';
import { createBackend } from './backend.ts';
import { idBy, seeded } from './chance.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import type { Interference } from './interference.ts';
import { createUser, type TestUser } from './user.ts';

/** What a test server may be given. */
export type TestServerOptions<C extends Clock> = {
  /** A fake one unless given; `systemClock` of the core where a test would rather wait. */
  clock?: C;
  /** What is left to chance is the same for the same seed. */
  seed?: number;
  /** Messages a user may send in any second: 5 unless given. */
  sendsPerSecond?: number;
  /** How long tokens are good: a day unless given. */
  tokenSeconds?: number;
};

/** A server in the same process, which speaks the protocol of the real one and keeps its promises. */
export type TestServer<C extends Clock = FakeClock> = {
  readonly url: string;
  readonly clock: C;
  /** The user of this name, who is made where there is none. */
  user(name: string): TestUser;
  /** Makes a group of these; the first founds it. */
  group(title: string, ...members: [TestUser, ...TestUser[]]): ConversationId;
  /** Makes a room, which anyone may join. */
  room(title: string, founder: TestUser): ConversationId;
  /** The log of a conversation, as it is now. */
  log(conversation: ConversationId): Entry[];
  /** Decides from now on what becomes of each frame and request that arrives; `undefined` ends it. */
  interfere(how: Interference | undefined): void;
  /** Says goodbye to everybody, or to one user. Only `lifetime` and `draining` leave their connections open. */
  goodbye(code: Goodbye['code'], options?: { user?: TestUser; reconnect?: boolean; afterMs?: number }): void;
  /** Ends all connections; nobody gets in, and no request is answered, for so long. */
  restart(options?: { downMs?: number }): void;
  /** Forgets what the real one keeps in Redis: connections are unknown, inboxes begin anew. No message is lost. */
  forget(): void;
  /** Lets it look as if somebody were writing in a conversation: syncs say `again`. */
  busy(conversation: ConversationId, isBusy: boolean): void;
  /** Ends all connections and timers. */
  stop(): void;
};

const isLeftOpen = (code: Goodbye['code']) => code === 'lifetime' || code === 'draining';
const comesBack = (code: Goodbye['code']) => isLeftOpen(code) || code === 'expired' || code === 'silent';

/**
 * A server for tests of your own: in memory, with the real protocol, and with a clock that goes when the test says so.
 *
 *     const server = createTestServer();
 *     const ann = connect(server.user('ann').device().options);
 *     server.user('bob').say(server.user('ann'), 'hello');
 *     await server.clock.advance(1_000);
 */
export const createTestServer = <C extends Clock = FakeClock>({
  clock = fakeClock() as Clock as C,
  seed = 1,
  sendsPerSecond = 5,
  tokenSeconds = 86_400,
}: TestServerOptions<C> = {}): TestServer<C> => {
  const world = createWorld({ clock, chance: seeded(seed), sendsPerSecond, tokenSeconds });
  let interference: Interference | undefined;
  let downUntil = 0;
  let sweeping: unknown;

  const sweepOn = () => {
    sweeping ??= clock.setTimeout(() => {
      sweeping = undefined;
      if (sweep(world)) sweepOn();
    }, rules.sweepMs);
  };
  const backend = createBackend(world, 'wss://parley.test', {
    isUp: () => clock.now() >= downUntil,
    interfere: (arrived) => interference?.(arrived),
    onConnect: sweepOn,
  });
  const endAll = () => {
    for (const connection of [...world.connections.values()]) {
      disconnect(world, connection);
      connection.close();
    }
  };
  const create = (founder: TestUser, asked: object): ConversationId =>
    founder.request<Conversation>('POST', '/v1/conversations', asked).id;

  return {
    url: backend.url,
    clock,
    user: (name) => createUser(world, backend, userNamed(world, name) ?? addUser(world, name)),
    group: (title, founder, ...others) =>
      create(founder, { kind: 'group', title, members: others.map(({ id }) => id) }),
    room: (title, founder) => create(founder, { kind: 'room', title }),
    log: (id) => {
      const conversation = world.conversations.get(id);
      return conversation?.log.map((entry) => withText(conversation, entry)) ?? [];
    },
    interfere: (how) => {
      interference = how;
    },
    goodbye: (code, { user, reconnect = comesBack(code), afterMs = 0 } = {}) => {
      for (const connection of [...world.connections.values()]) {
        if (user && connection.user.id !== user.id) continue;
        const why = { code, reconnect, afterMs };
        if (isLeftOpen(code)) connection.post({ type: 'goodbye', ...why }, 'push');
        else dismiss(world, connection, why);
      }
    },
    restart: ({ downMs = 0 } = {}) => {
      downUntil = clock.now() + downMs;
      endAll();
    },
    forget: () => {
      for (const user of world.users.values())
        user.inbox = { epoch: idBy(world.chance), versions: new Map() };
      for (const connection of world.connections.values()) {
        connection.forgotten = true;
        connection.watching = [];
      }
      world.rates.clear();
    },
    busy: (id, isBusy) => {
      const conversation = world.conversations.get(id);
      if (conversation) conversation.busy = isBusy;
    },
    stop: () => {
      endAll();
      clock.clearTimeout(sweeping);
    },
  };
};
