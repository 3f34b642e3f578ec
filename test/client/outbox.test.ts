import { describe, expect, test } from '@jest/globals';
import { ParleyError } from '../../client/error.ts';
import { memoryStorage } from '../../client/outbox/memory.ts';
import { outbox } from '../../client/outbox/outbox.ts';
import { fakeClock } from '../../client/testing/clock.ts';
import type { OutboxStorage } from '../../client/types/outbox.ts';
import type { Stored } from '../../client/wire.gen.ts';

type Frame = { action: string; conversation: string; text: string; key: string; after: number };
type Answer = (frame: Frame) => Stored | ParleyError;

const refusal = (code: ParleyError['code'], retryable: boolean, retryAfterMs?: number) =>
  new ParleyError(code, code, { retryable, retryAfterMs });

const stage = ({
  storage = memoryStorage(),
  limit = 500,
  onStored = () => {},
  onChange = () => {},
}: {
  storage?: OutboxStorage;
  limit?: number;
  onStored?: () => void;
  onChange?: () => void;
} = {}) => {
  const clock = fakeClock();
  const asked: Frame[] = [];
  const errors: ParleyError[] = [];
  const heads = new Map<string, number>();
  let made = 0;
  let isConnected = true;
  let answer: Answer = ({ key, conversation, after }) => ({ key, conversation, seq: after + 1, ts: 1 });
  const all = outbox({
    clock,
    random: () => 0,
    newKey: () => `key-${made++}-${Math.random()}`,
    limit,
    storage,
    ask: (async (action: string, fields: object) => {
      const frame = { action, ...fields } as Frame;
      asked.push(frame);
      const answered = answer(frame);
      if (answered instanceof Error) throw answered;
      return answered;
    }) as never,
    canSend: () => isConnected,
    headOf: (conversation) => heads.get(conversation) ?? 0,
    find: async () => undefined,
    onStored: ({ conversation }, { seq }) => {
      heads.set(conversation, seq);
      all.seen(conversation, seq);
      onStored();
    },
    onChange,
    onError: (error) => errors.push(error),
  });
  const say = (text: string, conversation = 'd:one') =>
    all.add(conversation, { action: 'sendMessage', text });
  return {
    all,
    asked,
    clock,
    errors,
    heads,
    say,
    texts: () => asked.map(({ text }) => text),
    answers: (one: Answer) => {
      answer = one;
    },
    connected: (is: boolean) => {
      isConnected = is;
      if (is) all.resume();
    },
  };
};
const codeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'stored',
    ({ code }: ParleyError) => code,
  );

/** One whose drawer does with each call what a test says. */
const storageOf = (answer: (act: string) => Promise<void>): OutboxStorage => ({
  open: async () => ({
    claim: () => answer('claim').then(() => []),
    put: () => answer('put'),
    remove: () => answer('remove'),
    close: () => {},
  }),
});
const never = () => new Promise<never>(() => {});

describe('the outbox', () => {
  test('sends one after the other in a conversation, and conversations side by side', async () => {
    const { asked, clock, say, answers } = stage();
    answers(() => refusal('unavailable', true, 60_000));
    say('1');
    say('2');
    say('a', 'd:two');
    await clock.settle();
    expect(asked.map(({ text }) => text)).toEqual(['1', 'a']);
  });

  test('repeats with the same key and the same head', async () => {
    const { asked, clock, heads, say, answers } = stage();
    heads.set('d:one', 7);
    let refusals = 3;
    answers(({ key, conversation }) => {
      heads.set('d:one', 20);
      return refusals-- > 0 ? refusal('unavailable', true) : { key, conversation, seq: 21, ts: 1 };
    });
    const { sent, key } = say('hello');
    await clock.advance(60_000);
    expect((await sent).seq).toBe(21);
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map((frame) => `${frame.key} ${frame.after}`))).toEqual(new Set([`${key} 7`]));
  });

  test('takes the head that is known when it is handed over first', async () => {
    const { asked, clock, heads, say, connected } = stage();
    connected(false);
    say('hello');
    heads.set('d:one', 9);
    connected(true);
    await clock.settle();
    expect(asked[0]?.after).toBe(9);
  });

  test('waits as long as the server says, in every conversation', async () => {
    const { asked, clock, say, answers } = stage();
    answers(() => refusal('rate-limited', true, 400));
    say('1');
    await clock.settle();
    answers(({ key, conversation }) => ({ key, conversation, seq: 1, ts: 1 }));
    say('2', 'd:two');
    await clock.advance(399);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(3);
  });

  test('what is refused for good fails, and can be tried again or taken back', async () => {
    const { all, clock, say, answers, texts } = stage();
    answers(() => refusal('blocked', false));
    const [one, two] = [say('1'), say('2')];
    expect(await codeOf(one.sent)).toBe('blocked');
    expect(await codeOf(two.sent)).toBe('blocked');
    expect(all.of('d:one').map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(two.cancel()).toBe(true);
    answers(({ key, conversation }) => ({ key, conversation, seq: 1, ts: 1 }));
    expect(await codeOf(one.retry().sent)).toBe('stored');
    await clock.settle();
    expect(texts()).toEqual(['1', '2', '1']);
    expect(all.of('d:one')).toEqual([]);
  });

  test('is taken back only before it was handed over', async () => {
    const { clock, say, connected, answers, texts } = stage();
    connected(false);
    const [one, two] = [say('1'), say('2')];
    expect(one.cancel()).toBe(true);
    expect(await codeOf(one.sent)).toBe('cancelled');
    answers(() => refusal('unavailable', true, 60_000));
    connected(true);
    await clock.settle();
    expect(two.cancel()).toBe(false);
    expect(texts()).toEqual(['2']);
  });

  test('a new key where an earlier attempt cannot be looked for any more', async () => {
    const { asked, clock, say, answers } = stage();
    answers(() => refusal('retry-too-old', false));
    const one = say('1');
    expect(await codeOf(one.sent)).toBe('retry-too-old');
    one.retry();
    await clock.settle();
    expect(new Set(asked.map(({ key }) => key)).size).toBe(2);
  });

  test('is bounded, and says so', () => {
    const { say, connected } = stage({ limit: 2 });
    connected(false);
    say('1');
    say('2');
    expect(() => say('3')).toThrow(expect.objectContaining({ code: 'outbox-full' }));
    expect(() => say('x'.repeat(40_000))).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('sends nothing any more once it was closed, and says so', async () => {
    const { all, connected, say, texts } = stage();
    connected(false);
    const before = say('before');
    all.close();
    const after = say('after');
    for (const { sent } of [before, after]) expect(await codeOf(sent)).toBe('closed');
    expect(texts()).toEqual([]);
  });

  test('survives a reload in order, each sent by one tab alone', async () => {
    const storage = memoryStorage();
    const first = stage({ storage });
    await first.all.open('u:ann');
    first.connected(false);
    first.say('1');
    first.say('2');
    const other = stage({ storage });
    await other.all.open('u:ann');
    expect(other.asked).toEqual([]);
    first.all.close();
    await other.all.claim();
    const third = stage({ storage });
    await third.all.open('u:ann');
    await other.clock.settle();
    expect(other.texts()).toEqual(['1', '2']);
    expect(third.asked).toEqual([]);
    const stranger = stage({ storage });
    await stranger.all.open('u:bob');
    expect(stranger.all.of('d:one')).toEqual([]);
  });

  test('sends on where the storage refuses, and says so', async () => {
    const cause = new Error('the disk is full');
    const { all, clock, errors, say, texts } = stage({ storage: storageOf(() => Promise.reject(cause)) });
    await all.open('u:ann');
    const { sent } = say('hello');
    await clock.settle();
    expect(await codeOf(sent)).toBe('stored');
    expect(texts()).toEqual(['hello']);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['storage-failed']));
    expect(errors[0]?.cause).toBe(cause);
    expect(clock.next()).toBeUndefined();
  });

  test('sends on where the storage throws', async () => {
    const storage = storageOf(() => {
      throw new Error('the connection is closing');
    });
    const { all, clock, errors, say, texts } = stage({ storage });
    await all.open('u:ann');
    say('1');
    say('2');
    await clock.settle();
    expect(texts()).toEqual(['1', '2']);
    expect(errors[0]).toMatchObject({ code: 'storage-failed' });
  });

  test('waits 5 s for a storage that does not answer, once, and then sends from memory', async () => {
    const storage = storageOf((act) => (act === 'claim' ? Promise.resolve() : never()));
    const { all, clock, errors, say, texts } = stage({ storage });
    await all.open('u:ann');
    say('1');
    await clock.advance(4_999);
    expect(texts()).toEqual([]);
    await clock.advance(1);
    expect(texts()).toEqual(['1']);
    for (const text of ['2', '3', '4']) say(text);
    await clock.advance(1);
    expect(texts()).toEqual(['1', '2', '3', '4']);
    expect(errors).toMatchObject([{ code: 'storage-failed' }]);
  });

  test('does not wait for a storage that does not open, says so, and uses it once it does', async () => {
    const opening = Promise.withResolvers<void>();
    const kept = memoryStorage();
    const storage: OutboxStorage = { open: (user) => opening.promise.then(() => kept.open(user)) };
    const { all, clock, errors, say, texts, connected } = stage({ storage });
    const open = all.open('u:ann');
    say('1');
    await clock.settle();
    expect(texts()).toEqual(['1']);
    await clock.advance(5_000);
    await open;
    expect(errors).toMatchObject([{ code: 'storage-failed' }]);
    connected(false);
    say('2');
    opening.resolve();
    await clock.settle();
    all.close();
    const other = stage({ storage: kept });
    await other.all.open('u:ann');
    await other.clock.settle();
    expect(other.texts()).toEqual(['2']);
    expect(errors).toHaveLength(1);
  });

  test.each(['onStored', 'onChange'] as const)('goes on after %s threw in the middle', async (where) => {
    const bug = new Error('a bug');
    let isBroken = true;
    const act = () => {
      if (isBroken) throw bug;
    };
    const { all, clock, errors, say, texts, connected } = stage({ [where]: act });
    isBroken = false;
    connected(false);
    const { sent } = say('1');
    say('2');
    isBroken = true;
    connected(true);
    await clock.settle();
    expect(errors).toEqual([bug]);
    isBroken = false;
    all.resume();
    await clock.settle();
    expect(await codeOf(sent)).toBe('stored');
    expect(texts()).toEqual(['1', '2']);
  });
});
