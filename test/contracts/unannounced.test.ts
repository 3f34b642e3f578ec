import { afterAll, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { cassandraUnannounced } from '../../lib/unannounced/cassandra.ts';
import { memoryUnannounced } from '../../lib/unannounced/memory.ts';
import type { Note, Unannounced } from '../../lib/unannounced/port.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { realClock } from '../support/clock.ts';
import { aConversation } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';

const cassandra = realCassandra();
afterAll(() => cassandra.close());

const implementations: [string, () => Unannounced][] = [
  ['memory', () => memoryUnannounced(createTables())],
  ['Cassandra', () => cassandraUnannounced({ cassandra, clock: realClock })],
];

describe.each(implementations)('unannounced in %s', (_name, make) => {
  const port = make();
  const hourMs = 3_600_000;
  const of = async (...conversations: ConversationId[]) => {
    const notes: Note[] = [];
    for await (const note of port.all()) if (conversations.includes(note.conversation)) notes.push(note);
    return notes;
  };

  test('a note stands until it is taken away', async () => {
    const note: Note = { conversation: aConversation(), seq: 7, kind: 'entry', at: Date.now() };
    await port.note(note);
    await port.note(note);
    expect(await of(note.conversation)).toEqual([note]);
    await port.forget(note);
    expect(await of(note.conversation)).toEqual([]);
    await port.forget(note);
  });

  test('notes of one conversation stand side by side', async () => {
    const common = { conversation: aConversation(), at: Date.now() };
    const notes: Note[] = [
      { ...common, seq: 1, kind: 'creation' },
      { ...common, seq: 1, kind: 'entry' },
      { ...common, seq: 2, kind: 'entry' },
    ];
    for (const note of notes) await port.note(note);
    expect(await of(common.conversation)).toEqual(expect.arrayContaining(notes));
    await port.forget(notes[1] as Note);
    expect(await of(common.conversation)).toHaveLength(2);
  });

  test('notes are found for as long as they are kept, wherever they were put', async () => {
    const notes = Array.from({ length: 12 }, (_, i): Note => {
      return { conversation: aConversation(), seq: 1, kind: 'entry', at: Date.now() - i * 6 * hourMs };
    });
    for (const note of notes) await port.note(note);
    expect(await of(...notes.map(({ conversation }) => conversation))).toHaveLength(notes.length);
  });
});
