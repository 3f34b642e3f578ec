import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { lastOf } from '../../lib/messages/buckets.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import { memoryMessages } from '../../lib/messages/memory.ts';
import type { Messages, Range } from '../../lib/messages/port.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { aCreation, aMessage } from '../support/entries.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';

const cassandra = realCassandra();
afterAll(() => cassandra.close());

const implementations: [string, () => Messages][] = [
  ['memory', () => memoryMessages(createTables())],
  ['Cassandra', () => cassandraMessages(cassandra)],
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
});
