import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { lastOf } from '../../lib/messages/buckets.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import { memoryMessages } from '../../lib/messages/memory.ts';
import type { Change, Messages, Patch, Range, Standing } from '../../lib/messages/port.ts';
import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { aCreation, aMessage } from '../support/entries.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';

const cassandra = realCassandra();
/** As Keyspaces, which ends a page after 1 MB. */
const inSmallPages = realCassandra(undefined, undefined, { pageRows: 3 });
afterAll(() => Promise.all([cassandra.close(), inSmallPages.close()]));

const implementations: [string, () => Messages][] = [
  ['memory', () => memoryMessages(createTables())],
  ['Cassandra', () => cassandraMessages(cassandra)],
  ['Cassandra, page by page', () => cassandraMessages(inSmallPages)],
];

describe.each(implementations)('messages in %s', (_name, make) => {
  let port: Messages;
  let conversation: ConversationId;
  let ann: UserId;
  const edge = lastOf(0);

  const message = (seq: number, key?: string) =>
    aMessage({ conversation, seq, from: ann, ...(key && { key }) });
  const store = async (...seqs: number[]) => {
    for (const seq of seqs) expect(await port.append(message(seq))).toBe('stored');
  };
  const seqsOf = async (range: Partial<Range>) => {
    const whole: Range = { low: 1, high: 100_000, limit: 100, order: 'up' };
    return (await port.range(conversation, { ...whole, ...range })).map(({ seq }) => seq);
  };

  beforeEach(() => {
    port = make();
    [conversation, ann] = [aConversation(), aUser()];
  });

  test('an entry comes back as it was stored', async () => {
    const entries = [
      aCreation({ conversation, seq: 1, from: ann }, [ann, aUser()]),
      { ...message(2), messageType: 'image', text: 'é "quoted" \u0000 🎉', replyTo: 1 },
    ];
    for (const entry of entries) {
      expect(await port.append(entry)).toBe('stored');
      expect(await port.at(conversation, entry.seq)).toEqual(entry);
    }
    expect(await seqsOf({})).toEqual([1, 2]);
    expect(await port.range(conversation, { low: 2, high: 2, limit: 1, order: 'down' })).toEqual([
      entries[1],
    ]);
  });

  test('a number is written once: whoever comes later is shown who has it', async () => {
    const first = message(1, 'the-key-of-the-first');
    await port.append(first);
    expect(await port.append(message(1, 'the-key-of-another'))).toEqual(first);
    expect(await port.append(first)).toEqual(first);
    expect(await port.at(conversation, 1)).toEqual(first);
  });

  test('of many who want a number, one gets it', async () => {
    const keys = Array.from({ length: 8 }, (_, i) => `the-key-of-number-${i}`);
    const answers = await Promise.all(keys.map((key) => port.append(message(1, key))));
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
    const winner = await port.at(conversation, 1);
    for (const answer of answers) if (answer !== 'stored') expect(answer).toEqual(winner);
  });

  test('there is nothing where nothing was stored', async () => {
    expect(await port.at(conversation, 1)).toBeUndefined();
    expect(await seqsOf({})).toEqual([]);
    expect(await port.head(conversation, 0)).toEqual({ seq: 0, ts: 0 });
  });

  test('a range is read in the order asked for, both ends included', async () => {
    await store(1, 2, 3, 4, 5);
    expect(await seqsOf({ low: 2, high: 4 })).toEqual([2, 3, 4]);
    expect(await seqsOf({ low: 2, high: 4, order: 'down' })).toEqual([4, 3, 2]);
    expect(await seqsOf({ low: 2, limit: 2 })).toEqual([2, 3]);
    expect(await seqsOf({ high: 5, limit: 2, order: 'down' })).toEqual([5, 4]);
    expect(await seqsOf({ low: 4, high: 3 })).toEqual([]);
    expect(await seqsOf({ low: 4, high: Number.MAX_SAFE_INTEGER })).toEqual([4, 5]);
  });

  test('a range crosses the edge of a bucket, up and down', async () => {
    await store(edge - 1, edge, edge + 1, edge + 2);
    expect(await seqsOf({ low: edge - 1 })).toEqual([edge - 1, edge, edge + 1, edge + 2]);
    expect(await seqsOf({ low: edge, high: edge + 1 })).toEqual([edge, edge + 1]);
    const down = { low: edge - 1, high: edge + 2, order: 'down' as const };
    expect(await seqsOf(down)).toEqual([edge + 2, edge + 1, edge, edge - 1]);
    expect(await seqsOf({ ...down, limit: 3 })).toEqual([edge + 2, edge + 1, edge]);
  });

  test('the head is found from any hint below it', async () => {
    await store(1, 2, 3);
    expect(await port.head(conversation, 0)).toEqual({ seq: 3, ts: message(3).ts });
    expect(await port.head(conversation, 3)).toEqual({ seq: 3, ts: message(3).ts });
    await store(edge, edge + 1);
    for (const hint of [0, 3, edge, edge + 1]) {
      expect(await port.head(conversation, hint)).toEqual({ seq: edge + 1, ts: message(edge + 1).ts });
    }
  });

  test('the head may be the last number of a bucket', async () => {
    await store(edge);
    expect(await port.head(conversation, 0)).toEqual({ seq: edge, ts: message(edge).ts });
  });

  test('the first number of a month is kept', async () => {
    expect(await port.month(conversation, '2025-04')).toBeUndefined();
    await port.keepMonth(conversation, '2025-04', 17);
    expect(await port.month(conversation, '2025-04')).toBe(17);
    expect(await port.month(conversation, '2025-05')).toBeUndefined();
    expect(await port.month(aConversation(), '2025-04')).toBeUndefined();
  });

  describe('a change of a message', () => {
    const by = (key: string, from = ann): Change => ({ from, key, head: 1 });
    const patch = (version: number, to: Patch['to'], change = by('the-key-of-a-change')) =>
      port.patch({ conversation, seq: 1, version, change, to });
    const gone = { deleted: true as const };

    beforeEach(() => store(1));

    test('shows in the row, and says by whom it was made', async () => {
      expect(await port.standing(conversation, 1)).toEqual({ message: message(1), version: 0 });
      const change = by('the-key-of-an-edit');
      expect(await patch(0, { text: 'é 🎉', replyTo: 7 }, change)).toBe('patched');
      const edited = { ...message(1), text: 'é 🎉', replyTo: 7, version: 1 };
      expect(await port.standing(conversation, 1)).toEqual({ message: edited, version: 1, change });
      expect(await port.at(conversation, 1)).toEqual(edited);
      expect(await port.range(conversation, { low: 1, high: 1, limit: 1, order: 'up' })).toEqual([edited]);
      expect(await patch(1, { text: 'no answer any more' })).toBe('patched');
      expect(await port.at(conversation, 1)).toEqual({
        ...message(1),
        text: 'no answer any more',
        version: 2,
      });
    });

    test('is made only where nobody came first', async () => {
      await patch(0, { text: 'first' }, by('the-key-of-the-first'));
      const refused = (await patch(0, { text: 'second' }, by('the-key-of-the-second'))) as Standing;
      expect(refused).toMatchObject({ version: 1, change: { key: 'the-key-of-the-first' } });
      expect(refused.message.text).toBe('first');
      expect(await patch(7, { text: 'third' }, by('the-key-of-the-third'))).toMatchObject({ version: 1 });
      expect((await port.standing(conversation, 1))?.message.text).toBe('first');
    });

    test('that is repeated is answered like the first', async () => {
      expect(await patch(0, { text: 'once' })).toBe('patched');
      expect(await patch(0, { text: 'once' })).toBe('patched');
      expect(await port.standing(conversation, 1)).toMatchObject({ version: 1 });
      expect(await patch(0, { text: 'once' }, by('the-key-of-a-change', aUser()))).toMatchObject({
        version: 1,
      });
    });

    test('of many at once is one', async () => {
      const keys = Array.from({ length: 8 }, (_, i) => `the-key-of-number-${i}`);
      const answers = await Promise.all(keys.map((key) => patch(0, { text: key }, by(key))));
      expect(answers.filter((answer) => answer === 'patched')).toHaveLength(1);
      const now = await port.standing(conversation, 1);
      expect(now?.message.text).toBe(now?.change?.key);
      expect(now?.version).toBe(1);
    });

    test('that deletes takes all of the text with it, for ever', async () => {
      await patch(0, { text: 'a secret', replyTo: 7 }, by('the-key-of-an-edit'));
      expect(await patch(1, gone)).toBe('patched');
      const deleted = { ...message(1), text: '', version: 2, deleted: true };
      expect(await port.at(conversation, 1)).toEqual(deleted);
      expect(await patch(1, gone)).toBe('patched');
      for (const to of [{ text: 'back' }, gone, undefined]) {
        const refused = await patch(2, to, by('the-key-of-another'));
        expect(refused).toMatchObject({ version: 2, message: { deleted: true, text: '' } });
      }
      expect(await port.at(conversation, 1)).toEqual(deleted);
    });

    test('may raise the version alone, so that a late one is refused', async () => {
      await patch(0, { text: 'second' }, by('the-key-of-an-edit'));
      const { change } = (await port.standing(conversation, 1)) as Standing & { change: Change };
      expect(await patch(1, undefined, change)).toBe('patched');
      expect(await port.standing(conversation, 1)).toEqual({
        message: { ...message(1), text: 'second', version: 2 },
        version: 2,
        change,
      });
      expect(await patch(1, { text: 'late' })).toMatchObject({ version: 2 });
    });

    test('needs a message', async () => {
      expect(await port.standing(conversation, 9)).toBeUndefined();
      await port.append({ ...aCreation({ conversation, seq: 2, from: ann }, [ann]), key: 'another' });
      expect(await port.standing(conversation, 2)).toBeUndefined();
      const nowhere = { conversation, seq: 9, version: 0, change: by('the-key-of-a-change') };
      expect(await port.patch({ ...nowhere, to: { text: 'x' } })).toBe('unknown');
      expect(await port.at(conversation, 9)).toBeUndefined();
    });

    test('that comes beside the insert of the next number hinders nobody', async () => {
      const [patched, stored] = await Promise.all([patch(0, { text: 'second' }), port.append(message(2))]);
      expect([patched, stored]).toEqual(['patched', 'stored']);
    });
  });

  test('entries that tell of changes come back as they were stored, and hold no text', async () => {
    const common = { conversation, ts: 1_795_000_000_000, from: ann };
    const told: Entry[] = [
      { type: 'message.edited', ...common, seq: 1, key: 'key-of-an-edit-00', target: 7, version: 1 },
      { type: 'message.deleted', ...common, seq: 2, key: 'key-of-a-deletion', target: 7, version: 2 },
      {
        type: 'message.reacted',
        ...common,
        seq: 3,
        key: 'key-of-a-reaction',
        target: 7,
        version: 1,
        emoji: '👍',
      },
      {
        type: 'message.reacted',
        ...common,
        seq: 4,
        key: 'key-of-its-removal',
        target: 7,
        version: 2,
        emoji: '👍',
        removed: true,
      },
      {
        type: 'member.joined',
        ...common,
        seq: 5,
        key: 'key-of-an-addition',
        user: aUser(),
        version: 2,
        role: 'admin',
      },
      {
        type: 'member.changed',
        ...common,
        seq: 6,
        key: 'key-of-a-new-role',
        user: aUser(),
        version: 3,
        role: 'owner',
      },
      { type: 'member.left', ...common, seq: 7, key: 'key-of-a-removal', user: aUser(), version: 4 },
      {
        type: 'conversation.updated',
        ...common,
        seq: 8,
        key: 'key-of-a-renaming',
        title: 'another',
        version: 2,
      },
    ];
    for (const entry of told) {
      const given = entry.type === 'message.edited' ? { ...entry, text: 'joined' } : entry;
      expect(await port.append(given)).toBe('stored');
      expect(await port.at(conversation, entry.seq)).toEqual(entry);
    }
    const all = { low: 1, high: 100, limit: 100, order: 'up' as const };
    expect(await port.range(conversation, all)).toEqual(told);
  });

  describe('a reaction', () => {
    const by = (key: string, from = ann): Change => ({ from, key, head: 3 });
    const put = (
      present: boolean,
      version: number,
      key: string,
      more: { seq?: number; user?: UserId; emoji?: string } = {},
    ) =>
      port.patchReaction({
        conversation,
        seq: 1,
        user: ann,
        emoji: '👍',
        ...more,
        present,
        version,
        change: by(key),
      });
    const place = () => ({ conversation, seq: 1, user: ann, emoji: '👍' });

    test('is put and taken away, each once', async () => {
      expect(await port.reaction(place())).toBeUndefined();
      expect(await put(true, 0, 'the-key-of-the-first')).toBe('patched');
      expect(await put(true, 0, 'the-key-of-the-first')).toBe('patched');
      expect(await port.reaction(place())).toMatchObject({
        present: true,
        version: 1,
        change: by('the-key-of-the-first'),
      });
      expect(await put(true, 0, 'the-key-of-another')).toMatchObject({ present: true, version: 1 });
      expect(await put(false, 1, 'the-key-of-another')).toBe('patched');
      expect(await put(true, 1, 'the-key-of-a-third')).toMatchObject({ present: false, version: 2 });
      expect(await port.reaction(place())).toMatchObject({ present: false, version: 2 });
    });

    test('of many at once is one', async () => {
      const keys = Array.from({ length: 6 }, (_, i) => `the-key-of-number-${i}`);
      const answers = await Promise.all(keys.map((key) => put(true, 0, key)));
      expect(answers.filter((answer) => answer === 'patched')).toHaveLength(1);
    });

    test.each(['constructor', '__proto__', 'toString'])('may be called %s', async (emoji) => {
      await put(true, 0, 'key', { emoji });
      const found = (await port.reactions(conversation, 1, 1)).get(1) ?? {};
      expect(Object.entries(found)).toEqual([[emoji, [ann]]]);
      expect(JSON.parse(JSON.stringify(found))[emoji]).toEqual([ann]);
    });

    test('is found by message, emoji and user, where it is present', async () => {
      const bob = aUser();
      await put(true, 0, 'key', {});
      await put(true, 0, 'key', { user: bob });
      await put(true, 0, 'key', { emoji: 'two words' });
      await put(true, 0, 'key', { seq: edge });
      await put(true, 0, 'key', { seq: edge + 1 });
      await put(false, 1, 'key-of-its-removal', { seq: edge + 1 });
      await put(true, 0, 'key', { seq: edge + 2 });
      const found = await port.reactions(conversation, 1, edge + 2);
      expect([...found.keys()].sort((a, b) => a - b)).toEqual([1, edge, edge + 2]);
      expect(found.get(1)?.['two words']).toEqual([ann]);
      expect(found.get(1)?.['👍']?.toSorted()).toEqual([ann, bob].sort());
      expect([...(await port.reactions(conversation, 2, edge)).keys()]).toEqual([edge]);
      expect((await port.reactions(conversation, 2, 3)).size).toBe(0);
      expect((await port.reactions(aConversation(), 1, 9)).size).toBe(0);
    });
  });
});
