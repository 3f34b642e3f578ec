import type { App } from '../../lib/app.ts';
import { memoryBeats } from '../../lib/beats/memory.ts';
import { createTables, type Tables } from '../../lib/cassandra/tables.ts';
import type { Chance, Clock } from '../../lib/clock.ts';
import { memoryConnections } from '../../lib/connections/memory.ts';
import { memoryConversations } from '../../lib/conversations/memory.ts';
import { deliverQueued } from '../../lib/deliver.ts';
import { AppError } from '../../lib/errors.ts';
import type { Gateway } from '../../lib/gateway/port.ts';
import { memoryMembers } from '../../lib/members/memory.ts';
import { memoryMessages } from '../../lib/messages/memory.ts';
import { memoryPresences } from '../../lib/presence/memory.ts';
import { type Rules, rules } from '../../lib/presence/rules.ts';
import { memoryQueue } from '../../lib/queue/memory.ts';
import { memoryRates } from '../../lib/rates/memory.ts';
import { memoryReceipts } from '../../lib/receipts/memory.ts';
import { createKeyspace, type Keyspace } from '../../lib/redis/keyspace.ts';
import { memorySeen } from '../../lib/seen/memory.ts';
import { memorySettings } from '../../lib/settings/memory.ts';
import { memoryTickets } from '../../lib/tickets/memory.ts';
import type { Claims } from '../../lib/tickets/port.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import type { Tokens } from '../../lib/tokens/tokens.ts';
import { memoryUnannounced } from '../../lib/unannounced/memory.ts';
import { memoryUsers } from '../../lib/users/memory.ts';
import { keyringOf } from '../support/keys.ts';
import type { Scheduler } from './scheduler.ts';

/** What a user may send in any window. */
export const sendWindow = { count: 5, windowMs: 1_000 };

/** What Redis holds, what Cassandra holds, and the application over both. */
export type Stores = { app: App; keys: Keyspace; tables: Tables; rows: Map<string, Map<string, unknown>> };

export const tokenOf = (claims: Claims) => JSON.stringify(claims);

/** Tokens that say their claims: signing takes threads, whose time no seed decides. The tests of tokens sign. */
const plainTokens = (clock: Clock): Tokens => ({
  issue: async (claims) => {
    const expiresAt = clock.now() + 3_600_000;
    return { token: tokenOf({ ...claims, expiresAt }), expiresAt };
  },
  verify: async (token) => {
    const claims = JSON.parse(token) as Claims;
    if (claims.expiresAt > clock.now()) return claims;
    throw new AppError('token-expired', 'unable to let in; the token has expired');
  },
  keySet: async () => ({ keys: [] }),
});

const keyring = keyringOf({ seed: 'cursors of a story'.padEnd(32) });
const silent = () => {};
const log = { info: silent, warn: silent, error: silent };

/** The whole application over memory ports, in the time and by the chance of one seed. */
export const createStores = (scheduler: Scheduler, gateway: Gateway, given: Rules = rules): Stores => {
  const clock: Clock = { now: scheduler.now, pause: scheduler.pause };
  let ids = 0;
  const chance: Chance = {
    id: () => `${String(++ids).padStart(8, '0')}${'x'.repeat(14)}`,
    between: scheduler.between,
  };
  const keys = createKeyspace(clock);
  const rows: Stores['rows'] = new Map();
  const tables = createTables(rows);
  const connections = memoryConnections({ keys, clock, chance });
  const app: App = {
    beats: memoryBeats({ keys, clock }),
    clock,
    chance,
    log,
    connections,
    conversations: memoryConversations({ keys, clock }),
    cursors: createCursors(keyring, scheduler.now),
    gateway,
    members: memoryMembers(tables),
    messages: memoryMessages(tables),
    policy: { sendWindow: () => sendWindow, strangerWindow: () => sendWindow, registers: () => true },
    presence: memoryPresences({ keys, clock, rules: given }),
    queue: memoryQueue((publication) => deliverQueued({ clock, connections, gateway, log }, publication)),
    rates: memoryRates({ keys, clock }),
    receipts: memoryReceipts({ keys, tables }),
    seen: memorySeen(tables),
    settings: memorySettings({ keys }),
    spareRates: memoryRates({ keys: createKeyspace(clock), clock }),
    tickets: memoryTickets({ keys }),
    tokens: plainTokens(clock),
    unannounced: memoryUnannounced(tables),
    users: memoryUsers(tables),
  };
  return { app, keys, tables, rows };
};
