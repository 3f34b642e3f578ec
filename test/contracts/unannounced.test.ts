import { afterAll, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { cassandraUnannounced } from '../../lib/unannounced/cassandra.ts';
import { memoryUnannounced } from '../../lib/unannounced/memory.ts';
import type { ChangeNote, Note, Unannounced } from '../../lib/unannounced/port.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
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

  describe('a change', () => {
    const by = { from: `u:who-changes` as UserId, key: 'the-key-of-a-change' };

    test.each<Partial<ChangeNote>>([
      { kind: 'message' },
      { kind: 'reaction', of: '👍' },
      { kind: 'reaction', of: 'two words' },
      { kind: 'member', seq: 0, of: 'u:whose-membership' },
      { kind: 'title', seq: 0 },
    ])('comes back as it was noted: %j', async (more) => {
      const note = {
        conversation: aConversation(),
        seq: 7,
        kind: 'message' as const,
        by,
        at: Date.now(),
        ...more,
      };
      await port.note(note);
      expect(await of(note.conversation)).toEqual([note]);
      await port.forget(note);
      expect(await of(note.conversation)).toEqual([]);
    });

    test('of one message beside another of it, and each attempt by itself', async () => {
      const common = { conversation: aConversation(), seq: 7, at: Date.now() };
      const first: ChangeNote = { ...common, kind: 'message', by };
      const others: Note[] = [
        { ...first, by: { ...by, key: 'the-key-of-another' } },
        { ...first, by: { ...by, from: 'u:who-else' as UserId } },
        { ...first, at: first.at + 1 },
        { ...first, kind: 'reaction', of: '👍' },
        { ...first, kind: 'reaction', of: '🎉' },
        { ...common, kind: 'entry' },
      ];
      for (const note of [first, ...others]) await port.note(note);
      expect(await of(common.conversation)).toHaveLength(7);
      await port.forget(first);
      const left = await of(common.conversation);
      expect(left).toHaveLength(6);
      expect(left).toEqual(expect.arrayContaining(others));
    });
  });
});

test('a partition that cannot be read bars no other, and is told', async () => {
  const whole = cassandraUnannounced({ cassandra, clock: realClock });
  const at = Date.now();
  const notes: Note[] = Array.from({ length: 40 }, () => ({
    conversation: aConversation(),
    seq: 1,
    kind: 'entry',
    at,
  }));
  for (const note of notes) await whole.note(note);
  const failure = new Error('too many tombstones');
  let reads = 0;
  const torn = cassandraUnannounced({
    cassandra: {
      ...cassandra,
      readAll: async (...asked) => {
        if (++reads === 1) throw failure;
        return cassandra.readAll(...asked);
      },
    },
    clock: realClock,
  });
  const found = new Set<ConversationId>();
  const readingAll = async () => {
    for await (const { conversation } of torn.all()) found.add(conversation);
  };
  await expect(readingAll()).rejects.toBe(failure);
  const met = notes.filter(({ conversation }) => found.has(conversation));
  expect(met.length).toBeGreaterThan(10);
  expect(met.length).toBeLessThan(notes.length);
});

test('nobody waits for all partitions where Cassandra is away', async () => {
  let reads = 0;
  const away = cassandraUnannounced({
    cassandra: {
      ...cassandra,
      readAll: async () => {
        reads++;
        throw new Error('away');
      },
    },
    clock: realClock,
  });
  await expect(away.all()[Symbol.asyncIterator]().next()).rejects.toThrow('away');
  expect(reads).toBeLessThan(100);
});
