import type { Cassandra } from '../../lib/cassandra/client.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import { aConversation, aMessage, aUser } from '../people.ts';
import { unconditional } from '../plain.ts';

export type Case = { conversations: 'one' | 'per sender'; inFlight: number; conditional: boolean };

/** Inserts the next row of its conversation; nobody else tries that number, so none is refused. */
export const inserting = (
  cassandra: Cassandra,
  { conversations, inFlight, conditional }: Case,
): ((lane: number) => Promise<void>) => {
  const messages = cassandraMessages(conditional ? cassandra : unconditional(cassandra));
  const logs = Array.from({ length: conversations === 'one' ? 1 : inFlight }, () => ({
    conversation: aConversation(),
    head: 0,
  }));
  const from = aUser();
  return async (lane) => {
    const log = logs[lane % logs.length];
    if (!log) return;
    const { conversation } = log;
    const said = await messages.append(aMessage({ conversation, seq: ++log.head, from }));
    if (said !== 'stored') throw new Error('a number of its own was taken, or an answer did not come');
  };
};
