import { createTables, type Tables } from './cassandra/tables.ts';
import { memoryConnections } from './connections/memory.ts';
import { memoryConversations } from './conversations/memory.ts';
import { memoryMembers } from './members/memory.ts';
import { memoryMessages } from './messages/memory.ts';
import { chance, clock, once } from './platform.ts';
import { memoryRates } from './rates/memory.ts';
import { createKeyspace, type Keyspace } from './redis/keyspace.ts';
import { memoryTickets } from './tickets/memory.ts';
import { memoryUnannounced } from './unannounced/memory.ts';
import { memoryUsers } from './users/memory.ts';

export { log } from './log.ts';
export { chance, clock, cursors, gateway, origins, policy, tokens } from './platform.ts';

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
export const conversations = () => once('conversations', () => memoryConversations({ ...memory(), clock }));
export const rates = () => once('rates', () => memoryRates({ ...memory(), clock }));
export const tickets = () => once('tickets', () => memoryTickets(memory()));
export const members = () => once('members', () => memoryMembers(memory().tables));
export const messages = () => once('messages', () => memoryMessages(memory().tables));
export const users = () => once('users', () => memoryUsers(memory().tables));
export const unannounced = () => once('unannounced', () => memoryUnannounced(memory().tables));
export const spareRates = () => once('spareRates', () => memoryRates({ keys: createKeyspace(clock), clock }));
