import { createHash } from 'node:crypto';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Cassandra } from '../cassandra/client.ts';
import type { Clock } from '../clock.ts';
import type { Note, Unannounced } from './port.ts';

const statements = {
  note: 'INSERT INTO unannounced (hour, shard, conversation_id, seq, kind, noted_at) VALUES (?, ?, ?, ?, ?, ?)',
  forget:
    'DELETE FROM unannounced WHERE hour = ? AND shard = ? AND conversation_id = ? AND seq = ? AND kind = ?',
  of: 'SELECT conversation_id, seq, kind, noted_at FROM unannounced WHERE hour = ? AND shard = ?',
};

/** Two changes of one message are two notes, and so are two attempts of one: that is part of the row's key. */
const packKind = ({ kind, by, of, at }: Note) =>
  [kind, ...(by ? [by.from, by.key, at] : []), ...(of === undefined ? [] : [of])].join(' ');

const readKind = (packed: string): Pick<Note, 'kind' | 'by' | 'of'> => {
  const [kind, from, key, _at, ...of] = packed.split(' ');
  return {
    kind: kind as Note['kind'],
    ...(from !== undefined && key !== undefined && { by: { from: from as UserId, key } }),
    ...(of.length > 0 && { of: of.join(' ') }),
  };
};

const hourMs = 3_600_000;
/** As long as the table keeps a row. */
const keptHours = 72;
const shards = 4;
const partitionsAtOnce = 32;

const shardOf = (conversation: ConversationId) =>
  (createHash('sha256').update(conversation).digest()[0] ?? 0) % shards;

export const cassandraUnannounced = ({
  cassandra,
  clock,
}: {
  cassandra: Cassandra;
  clock: Clock;
}): Unannounced => {
  const partition = ({ conversation, at }: Note) => [Math.floor(at / hourMs), shardOf(conversation)];

  const read = async ([hour, shard]: [number, number]): Promise<Note[]> =>
    (await cassandra.readAll(statements.of, [hour, shard])).map((row) => ({
      conversation: row.conversation_id,
      seq: Number(row.seq),
      ...readKind(row.kind),
      at: row.noted_at.getTime(),
    }));

  return {
    note: (note) =>
      cassandra.write(statements.note, [
        ...partition(note),
        note.conversation,
        note.seq,
        packKind(note),
        new Date(note.at),
      ]),

    forget: (note) =>
      cassandra.write(statements.forget, [...partition(note), note.conversation, note.seq, packKind(note)]),

    all: async function* () {
      const hour = Math.floor(clock.now() / hourMs);
      const partitions = Array.from({ length: (keptHours + 1) * shards }, (_, i): [number, number] => [
        hour - Math.floor(i / shards),
        i % shards,
      ]);
      const failures: unknown[] = [];
      while (partitions.length > 0) {
        const notes = await Promise.allSettled(partitions.splice(0, partitionsAtOnce).map(read));
        for (const one of notes) {
          if (one.status === 'fulfilled') yield* one.value;
          else failures.push(one.reason);
        }
        // Then it is Cassandra that cannot be read: nobody waits for the rest.
        if (notes.every(({ status }) => status === 'rejected')) break;
      }
      // One that cannot be read, for it holds too many tombstones, bars none of the others.
      if (failures.length > 0) throw failures[0];
    },
  };
};
