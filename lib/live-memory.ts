import { memoryBeats } from './beats/memory.ts';
import { createTables, type Tables } from './cassandra/tables.ts';
import { memoryConnections } from './connections/memory.ts';
import { memoryConversations } from './conversations/memory.ts';
import { deliverQueued } from './deliver.ts';
import { log } from './log.ts';
import { memoryMembers } from './members/memory.ts';
import { memoryMessages } from './messages/memory.ts';
import { chance, clock, gateway, once, policyOver } from './platform.ts';
import { memoryPresences } from './presence/memory.ts';
import { memoryQueue } from './queue/memory.ts';
import { memoryRates } from './rates/memory.ts';
import { memoryReceipts } from './receipts/memory.ts';
import { createKeyspace, type Keyspace } from './redis/keyspace.ts';
import { memorySeen } from './seen/memory.ts';
import { memorySettings } from './settings/memory.ts';
import { memoryTickets } from './tickets/memory.ts';
import { memoryUnannounced } from './unannounced/memory.ts';
import { memoryUsers } from './users/memory.ts';

export { log } from './log.ts';
export { chance, clock, cursors, gateway, origins, tokens } from './platform.ts';

/**
 * The same ports in memory, for `npm start -- --store=memory`: scripts/build.ts puts this file in the place of
 * live.ts. Every function is a bundle of its own, so what they share hangs on the process.
 */
const shared = globalThis as { parleyMemory?: { keys: Keyspace; tables: Tables } };
const memory = () => {
  shared.parleyMemory ??= { keys: createKeyspace(clock), tables: createTables() };
  return shared.parleyMemory;
};

export const connections = () => once('connections', () => memoryConnections({ ...memory(), clock, chance }));
export const beats = () => once('beats', () => memoryBeats({ ...memory(), clock }));
export const presence = () => once('presence', () => memoryPresences({ ...memory(), clock }));
export const conversations = () => once('conversations', () => memoryConversations({ ...memory(), clock }));
export const queue = () =>
  once('queue', () =>
    memoryQueue((publication) =>
      deliverQueued({ clock, connections: connections(), gateway: gateway(), log }, publication),
    ),
  );
export const rates = () => once('rates', () => memoryRates({ ...memory(), clock }));
export const settings = () => once('settings', () => memorySettings(memory()));
export const policy = () => once('policy', () => policyOver(settings()));
export const tickets = () => once('tickets', () => memoryTickets(memory()));
export const members = () => once('members', () => memoryMembers(memory().tables));
export const messages = () => once('messages', () => memoryMessages(memory().tables));
export const receipts = () => once('receipts', () => memoryReceipts(memory()));
export const users = () => once('users', () => memoryUsers(memory().tables));
export const seen = () => once('seen', () => memorySeen(memory().tables));
export const unannounced = () => once('unannounced', () => memoryUnannounced(memory().tables));
export const spareRates = () => once('spareRates', () => memoryRates({ keys: createKeyspace(clock), clock }));
