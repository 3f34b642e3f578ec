import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { logFrom } from '../../client/conversation/log.ts';
import { type Change, fold } from '../../client/view/fold.ts';
import type { Entry, MessageNew } from '../../client/wire.gen.ts';

const message = (seq: number, rest: Partial<MessageNew> = {}): MessageNew => ({
  type: 'message.new',
  conversation: 'd:one',
  seq,
  ts: seq,
  from: 'u:ann',
  key: `key-${seq}`,
  messageType: 'text',
  text: `text ${seq}`,
  ...rest,
});
const edited = (version: number, text?: string): Change => ({
  type: 'message.edited',
  version,
  ...(text !== undefined && { text }),
});
const reacted = (version: number, removed = false): Change => ({
  type: 'message.reacted',
  from: 'u:bob',
  emoji: '👍',
  version,
  ...(removed && { removed: true }),
});

describe('the log that is held', () => {
  const entries = fc.uniqueArray(fc.integer({ min: 4, max: 30 }), { minLength: 1 });

  test('has no hole up to its head, whatever comes in whatever order and however often', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat()), (seqs, again) => {
        const log = logFrom(4);
        const news: Entry[] = [];
        const repeated = again.map((index) => seqs[index % seqs.length] ?? 4);
        for (const seq of [...seqs, ...repeated]) news.push(...log.add([message(seq)]));
        let head = 3;
        while (seqs.includes(head + 1)) head++;
        expect(log.head()).toBe(head);
        expect(log.top()).toBe(Math.max(...seqs));
        // Each is told once, and in order.
        expect(news.map(({ seq }) => seq)).toEqual(Array.from({ length: head - 3 }, (_, i) => 4 + i));
      }),
    );
  });

  test('goes on over what is lost, and takes it should it come after all', () => {
    const log = logFrom(1);
    log.add([message(1), message(4)]);
    expect(log.lose(4)).toEqual({ lost: [2, 3], news: [message(4)] });
    expect(log.head()).toBe(4);
    log.add([message(2)]);
    expect(log.at(2)).toEqual(message(2));
  });
});

describe('a message and its changes', () => {
  test('is how the highest version has it, wherever that came from', () => {
    expect(fold(message(1), [edited(1, 'one'), edited(2, 'two')])).toMatchObject({
      text: 'two',
      edited: true,
    });
    expect(fold(message(1, { text: 'two', version: 2 }), [edited(1, 'one')])).toMatchObject({ text: 'two' });
    expect(fold(message(1), [edited(2), edited(1, 'one')])).toMatchObject({ text: 'one' });
  });

  test('is empty for ever once it was deleted', () => {
    const empty = { text: '', edited: false, deleted: true, reactions: [] };
    expect(fold(message(1), [reacted(1), { type: 'message.deleted' }, edited(9, 'late')])).toEqual(empty);
    expect(fold(message(1, { deleted: true, text: '' }), [reacted(1)])).toEqual(empty);
  });

  test('has each reaction as its highest version has it', () => {
    const with1 = [{ emoji: '👍', users: ['u:bob'] }];
    expect(fold(message(1), [reacted(1)]).reactions).toEqual(with1);
    expect(fold(message(1), [reacted(2, true), reacted(1)]).reactions).toEqual([]);
    expect(fold(message(1, { reactions: { '👍': ['u:bob'] } }), []).reactions).toEqual(with1);
    expect(fold(message(1, { reactions: { '👍': ['u:bob'] } }), [reacted(2, true)]).reactions).toEqual([]);
  });
});
