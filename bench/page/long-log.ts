import type { Cassandra } from '../../lib/cassandra/client.ts';
import { create, groupId } from '../../lib/entries/create.ts';
import { inLanes } from '../../lib/lanes.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import type { appOver } from '../app.ts';
import { aKey, aMessage, aUser } from '../people.ts';
import { unconditional } from '../plain.ts';

const lanes = 128;
/** The product notes the head as often, so a search for it starts as far below. */
const hintEvery = 256;

/** A conversation of two with a log of `entries`, written straight into the table. */
export const fillLog = async (app: ReturnType<typeof appOver>, cassandra: Cassandra, entries: number) => {
  const [reader, other] = [aUser(), aUser()];
  const conversation = groupId(reader, aKey());
  await create(app, {
    id: conversation,
    kind: 'group',
    title: 'long',
    creator: reader,
    members: [reader, other],
  });
  const messages = cassandraMessages(unconditional(cassandra));
  const seqs = Array.from({ length: entries - 1 }, (_, i) => i + 2);
  await inLanes(lanes, seqs, async (seq) => {
    await messages.append(aMessage({ conversation, seq, from: other }));
  });
  await app.members.hint(conversation, Math.floor(entries / hintEvery) * hintEvery);
  return { conversation, reader };
};
