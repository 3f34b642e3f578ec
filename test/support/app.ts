import { exportJWK, generateKeyPair } from 'jose';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import type { App } from '../../lib/app.ts';
import { memoryBeats } from '../../lib/beats/memory.ts';
import type { ConnectedCaller } from '../../lib/caller.ts';
import { createTables, type Tables } from '../../lib/cassandra/tables.ts';
import { memoryConnections } from '../../lib/connections/memory.ts';
import { memoryConversations } from '../../lib/conversations/memory.ts';
import { deliverQueued } from '../../lib/deliver.ts';
import { perform } from '../../lib/edge/perform.ts';
import { AppError } from '../../lib/errors.ts';
import { memoryGateway } from '../../lib/gateway/memory.ts';
import { memoryMembers } from '../../lib/members/memory.ts';
import { memoryMessages } from '../../lib/messages/memory.ts';
import type { Outcome } from '../../lib/outcome.ts';
import { memoryPresences } from '../../lib/presence/memory.ts';
import { memoryQueue } from '../../lib/queue/memory.ts';
import { memoryRates } from '../../lib/rates/memory.ts';
import { memoryReceipts } from '../../lib/receipts/memory.ts';
import { createKeyspace, type Keyspace } from '../../lib/redis/keyspace.ts';
import { memorySeen } from '../../lib/seen/memory.ts';
import { memorySettings } from '../../lib/settings/memory.ts';
import { memoryTickets } from '../../lib/tickets/memory.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import { createTokens } from '../../lib/tokens/tokens.ts';
import { memoryUnannounced } from '../../lib/unannounced/memory.ts';
import { memoryUsers } from '../../lib/users/memory.ts';
import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { realChance, type TestClock, testClock } from './clock.ts';
import { aConnection, aDevice, aUser } from './ids.ts';
import { keyringOf } from './keys.ts';

const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
export const tokenKey = await exportJWK(privateKey);

type Log = { level: 'info' | 'warn' | 'error'; event: string; fields: Record<string, unknown> };
/** A connected person, and every frame that was pushed to the connection. */
export type Person = ConnectedCaller & { pushed: Record<string, unknown>[] };

export type TestApp = App & {
  clock: TestClock;
  keys: Keyspace;
  tables: Tables;
  logs: Log[];
  sockets: Map<ConnectionId, { receive(frame: string): void; close(): void }>;
};

/** The whole application over memory ports, with a clock of the test's own. */
export const testApp = (): TestApp => {
  const clock = testClock();
  const keys = createKeyspace(clock);
  const tables = createTables();
  const sockets: TestApp['sockets'] = new Map();
  const logs: Log[] = [];
  const logAt =
    (level: Log['level']) =>
    (event: string, fields: Record<string, unknown> = {}) => {
      logs.push({ level, event, fields });
    };
  const chance = realChance;
  const log = { info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
  const connections = memoryConnections({ keys, clock, chance });
  const gateway = memoryGateway(sockets);
  return {
    clock,
    keys,
    tables,
    logs,
    sockets,
    chance,
    log,
    beats: memoryBeats({ keys, clock }),
    connections,
    conversations: memoryConversations({ keys, clock }),
    cursors: createCursors(keyringOf(tokenKey), clock.now),
    gateway,
    members: memoryMembers(tables),
    messages: memoryMessages(tables),
    policy: {
      sendWindow: () => ({ count: 5, windowMs: 1_000 }),
      strangerWindow: () => limits.strangers,
      registers: () => true,
    },
    presence: memoryPresences({ keys, clock }),
    queue: memoryQueue((publication) => deliverQueued({ clock, connections, gateway, log }, publication)),
    rates: memoryRates({ keys, clock }),
    spareRates: memoryRates({ keys: createKeyspace(clock), clock }),
    receipts: memoryReceipts({ keys, tables }),
    seen: memorySeen(tables),
    settings: memorySettings({ keys }),
    tickets: memoryTickets({ keys }),
    tokens: createTokens({
      keys: keyringOf(tokenKey),
      issuer: 'parley',
      audience: 'parley',
      lifeSeconds: 3_600,
      issuers: [],
      clock,
    }),
    unannounced: memoryUnannounced(tables),
    users: memoryUsers(tables),
  };
};

/** Another connection of a user, who is made where there is none. */
export const connectAs = async (app: TestApp, user: UserId = aUser()): Promise<Person> => {
  const [known] = await app.users.byIds([user]);
  if (!known) await app.users.add({ id: user, name: `name of ${user}`, createdAt: app.clock.now() });
  const device = aDevice() as DeviceId;
  await app.users.addDevice(user, device, app.clock.now());
  const expiresAt = app.clock.now() + 3_600_000;
  const epoch = await app.connections.epoch(user);
  const caller: ConnectedCaller = { user, device, role: 'user', connection: aConnection(), expiresAt, epoch };
  const person: Person = { ...caller, pushed: [] };
  await app.connections.register(person, epoch);
  app.sockets.set(person.connection, {
    receive: (frame) => person.pushed.push(JSON.parse(frame)),
    close: () => {},
  });
  return person;
};

/** Acts and performs, as the edge does. */
export const performed = async <Reply>(app: TestApp, outcome: Promise<Outcome<Reply>>): Promise<Reply> =>
  perform(app, await outcome);

/** The refusal that an action ends in. */
export const refusal = async (acting: Promise<unknown>): Promise<AppError> => {
  try {
    await acting;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

export const aGroup = async (app: TestApp, creator: Person, ...others: Person[]): Promise<ConversationId> => {
  const members = others.map(({ user }) => user);
  // What follows may send as much as its limit allows.
  const unlimited: TestApp = { ...app, rates: { take: async () => undefined } };
  const { id } = await performed(
    app,
    createConversation(unlimited, creator, { kind: 'group', title: 'a group', members }),
  );
  for (const person of [creator, ...others]) person.pushed.length = 0;
  return id;
};

/** A port whose store is away. */
export const away = <P extends object>(): P =>
  new Proxy({} as P, {
    get: () => async () => {
      throw new AppError('unavailable', 'unable to reach the store; the test says so');
    },
  });

/** The same application with Redis away. */
export const withoutRedis = (app: TestApp): TestApp => ({
  ...app,
  beats: away(),
  connections: away(),
  conversations: away(),
  presence: away(),
  rates: away(),
  settings: away(),
  tickets: away(),
});

/** The same application whose gate alone is away: Redis came back before the next step. */
export const withoutGate = (app: TestApp): TestApp => ({
  ...app,
  connections: { ...app.connections, gate: away<TestApp['connections']>().gate },
});

/** The same application in which nobody can ask memory to write: it came back before the next step. */
export const withoutEntrance = (app: TestApp): TestApp => ({
  ...app,
  conversations: { ...app.conversations, enter: away<TestApp['conversations']>().enter },
});
