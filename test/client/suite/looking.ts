import { expect, test } from '@jest/globals';
import { block, blocks, presenceOf, unblock, unreadTotal } from '../../../client/account.ts';
import type { ChatConversation, ParleyError } from '../../../client/chat.ts';
import { type Client, messageIn, type Person, type Stage, type Subject, textsIn } from './subject.ts';
import { pair } from './talking.ts';

type Given = { subject(): Subject; stage(): Stage };

const seqsIn = (conversation: ChatConversation) => conversation.get().items.map(({ seq }) => seq);
const from = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i);

/** In a few lanes: one after the other it would take long. */
const manyTimes = async (times: number, act: (i: number) => Promise<unknown>) => {
  let next = 0;
  const run = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all([run(), run(), run(), run(), run(), run()]);
};

/** What a page shows: the past, the list, ticks, people. */
export const looking = (given: Given) => {
  const until: Stage['until'] = (look) => given.stage().until(look);
  const over: Stage['over'] = (promise) => given.stage().over(promise);
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    over(
      promise.then(
        () => 'none',
        (error: ParleyError) => error.code,
      ),
    );
  const makeGroup = async (founder: Person, title: string, ...others: Person[]) => {
    const members = others.map(({ id }) => id);
    const asked = { kind: 'group', title, members };
    return (await founder.request<{ id: string }>('POST', '/v1/conversations', asked)).id;
  };
  const say = (person: Person, id: string, text: string) =>
    person.request('POST', `/v1/conversations/${id}/messages`, { text });

  /** Somebody looks at the newest of a conversation in which much was said before: its head is 130. */
  const past = async () => {
    const [ann, bob] = [await given.subject().person(), await given.subject().person()];
    const id = await makeGroup(bob, 'long', ann);
    await manyTimes(129, (i) => say(bob, id, `number ${i}`));
    const client = await given.stage().enter(ann);
    const view = client.open(id);
    await until(() => view.get().items.length === 50 && view.get().members.length === 2);
    return { client, view, id, bob };
  };

  test('a jump shows what is around a message, and grows both ways until it is one with the newest', async () => {
    const { view, id, bob } = await past();
    expect(seqsIn(view)).toEqual(from(81, 130));
    await over(view.jumpTo(40));
    expect(seqsIn(view)).toEqual(from(15, 64));
    expect(view.get()).toMatchObject({ hasOlder: true, hasNewer: true, loading: false });
    await over(view.loadOlder());
    expect(seqsIn(view)).toEqual(from(1, 64));
    expect(view.get()).toMatchObject({ hasOlder: false, hasNewer: true });
    await say(bob, id, 'meanwhile');
    await until(() => view.get().head === 131);
    expect(seqsIn(view)).toEqual(from(1, 64));
    await over(view.loadNewer());
    await until(() => !view.get().hasNewer);
    expect(seqsIn(view)).toEqual(from(1, 131));
    expect(view.get().hasOlder).toBe(false);
    await over(view.jumpTo(3));
    expect(view.get().hasNewer).toBe(false);
  });

  test('a month is jumped to, and read', async () => {
    const { view } = await past();
    const month = new Date(view.get().items.at(-1)?.ts ?? 0).toISOString().slice(0, 7);
    expect(await codeOf(view.jumpTo('2001-01'))).toBe('not-found');
    expect(view.get()).toMatchObject({ hasNewer: false, error: undefined, loading: false });
    await over(view.jumpTo(40));
    await over(view.jumpTo(month));
    expect(view.get().hasNewer).toBe(false);
    expect(seqsIn(view)).toEqual(from(81, 130));
    const read = async (of: string) => {
      const seqs: number[] = [];
      for await (const { seq } of view.history({ month: of, pageSize: 100 })) seqs.push(seq);
      return seqs;
    };
    expect((await over(read(month))).reverse()).toEqual(from(1, 130));
    expect(await over(read('2001-01'))).toEqual([]);
  });

  test('the last jump counts, whatever else is loading', async () => {
    const { view } = await past();
    const older = view.loadOlder();
    const [first, second] = [codeOf(view.jumpTo(100_000)), codeOf(view.jumpTo(5))];
    expect([await first, await second, await codeOf(older)]).toEqual(['cancelled', 'none', 'none']);
    expect(seqsIn(view)).toEqual(from(1, 29));
    const third = codeOf(view.jumpTo(60));
    view.jumpToNewest();
    expect(await third).toBe('cancelled');
    expect(view.get()).toMatchObject({ hasNewer: false, loading: false });
    expect(seqsIn(view)).toEqual(from(31, 130));
  });

  test('what is sent while one looks at the past is in the view, and so is what is refused', async () => {
    const { client, view } = await past();
    await over(view.jumpTo(20));
    client.device.way.offline();
    const waiting = view.send('from the past');
    expect(seqsIn(view)).toEqual(from(1, 44));
    expect(view.get().unsent).toMatchObject([{ text: 'from the past', seq: undefined }]);
    client.device.way.online();
    await over(waiting.sent);
    await until(() => view.get().unsent.length === 0);
    const refused = view.send('x'.repeat(20_000));
    expect(await codeOf(refused.sent)).toBe('too-large');
    expect(view.get().unsent).toMatchObject([{ key: refused.key, state: 'failed' }]);
    view.jumpToNewest();
    expect(view.get().items.slice(-2)).toMatchObject([{ text: 'from the past' }, { state: 'failed' }]);
    refused.cancel();
    expect(textsIn(view).at(-1)).toBe('from the past');
    expect(view.get().unsent).toEqual([]);
  });

  test('ticks do not fall when somebody joins, who then counts for what comes', async () => {
    const people: Person[] = [];
    for (let i = 0; i < 3; i++) people.push(await given.subject().person());
    const [ann, bob, cid] = people as [Person, Person, Person];
    const id = await makeGroup(ann, 'growing', bob);
    const [mine, theirs] = [await given.stage().enter(ann), await given.stage().enter(bob)];
    const [view, other] = [mine.open(id), theirs.open(id)];
    const { seq } = await over(view.send('before').sent);
    await until(() => messageIn(other, 'before'));
    other.markRead(seq);
    await until(() => view.get().others.read === seq);
    await over(view.add(cid.id));
    await until(() => view.get().members.length === 3);
    expect(view.get().others).toEqual({ delivered: seq, read: seq });

    const later = await over(view.send('after').sent);
    await until(() => messageIn(other, 'after'));
    other.markRead(later.seq);
    await until(() => view.get().receipts.get(bob.id)?.read === later.seq);
    expect(view.get().others.read).toBe(seq + 1);
    // The same for who looks later, once the log is read down to the joining.
    const tablet = (await given.stage().enter(ann)).open(id);
    await until(() => tablet.get().others.read === seq + 1);
    const last = (await given.stage().enter(cid)).open(id);
    await until(() => messageIn(last, 'after'));
    last.markRead(later.seq);
    await until(() => view.get().others.read === later.seq);
  });

  test('a tick is somebody’s: those who joined later have read nothing by joining', async () => {
    const [ann, bob] = [await given.subject().person(), await given.subject().person()];
    const view = (await given.stage().enter(ann)).open(await makeGroup(ann, 'alone'));
    const { seq } = await over(view.send('is anybody here?').sent);
    await over(view.add(bob.id));
    await until(() => view.get().members.length === 2);
    expect(view.get().others).toEqual({ delivered: 0, read: 0 });
    const theirs = (await given.stage().enter(bob)).open(view.id);
    await until(() => messageIn(theirs, 'is anybody here?'));
    theirs.markRead();
    await until(() => view.get().others.read > seq);
  });

  test('the list goes on page by page, and unread counts what is not loaded too', async () => {
    const [ann, bob] = [await given.subject().person(), await given.subject().person()];
    const long = await makeGroup(bob, 'long', ann);
    // More than a sync brings of it: it is the list that tells what it is.
    await manyTimes(210, (i) => say(bob, long, `number ${i}`));
    const devices = [await given.stage().enter(ann), await given.stage().enter(ann)] as const;
    const [phone, tablet] = [devices[0].open(long), devices[1].open(long)];
    await until(() => phone.get().head === 211);
    phone.markRead(208);
    await until(() => tablet.get().receipts.get(ann.id)?.read === 208);
    for (const { close } of devices) close();
    // Time goes on: what comes now is newer.
    await given.stage().enter(bob);
    await manyTimes(100, (i) => makeGroup(bob, `late ${i}`, ann));
    const client = await given.stage().enter(ann);
    const { conversations } = client.parley;
    await until(() => conversations.get().unread.count > 0);
    expect(conversations.get()).toMatchObject({
      hasMore: true,
      unread: { count: 3, more: false, conversations: 1 },
    });
    expect(conversations.get().items).toHaveLength(100);
    expect(await over(unreadTotal(client.parley))).toEqual({ count: 3, more: false, conversations: 1 });
    // By its link, without the list.
    const linked = await given.stage().enter(ann);
    const view = linked.open(long);
    await until(() => view.get().title === 'long' && view.get().items.length >= 50);
    await until(() => linked.parley.conversations.get().unread.count === 3);
    expect(linked.parley.conversations.get().items).toHaveLength(101);

    await over(conversations.loadMore());
    expect(conversations.get()).toMatchObject({
      hasMore: false,
      loading: false,
      unread: { count: 3, more: false, conversations: 1 },
    });
    expect(new Set(conversations.get().items.map(({ title }) => title)).size).toBe(101);
    await over(conversations.loadMore());
    expect(conversations.get().items).toHaveLength(101);
    client.open(long).markRead();
    await until(() => conversations.get().unread.count === 0);
  });

  test('who blocks is left alone, until the block is taken away', async () => {
    const { people, clients, views } = await pair(given);
    const [mine, theirs] = clients.map(({ parley }) => parley) as [Client['parley'], Client['parley']];
    const [, { id, name }] = people;
    await over(block(mine, id));
    expect(await over(blocks(mine))).toEqual([{ id, name }]);
    expect(await over(blocks(theirs))).toEqual([]);
    expect(await codeOf(views[1].send('hello?').sent)).toBe('blocked');
    expect(await over(presenceOf(mine, [id]))).toMatchObject([{ user: id, online: false }]);
    await over(unblock(mine, id));
    expect(await over(blocks(mine))).toEqual([]);
    expect(await over(presenceOf(mine, [id]))).toMatchObject([{ user: id, online: true }]);
    await over(views[1].send('hello again').sent);
    await until(() => messageIn(views[0], 'hello again'));
  });

  test('a signal ends what listens, watches and reads', async () => {
    const { people, clients, id, views } = await pair(given);
    const { parley } = clients[0];
    const ending = new AbortController();
    const { signal } = ending;
    const heard = { all: 0, event: 0, change: 0, entry: 0 };
    parley.on('message.new', () => heard.all++);
    parley.on('message.new', () => heard.event++, { signal });
    views[0].onChange(() => heard.change++, { signal });
    views[0].subscribe(() => heard.entry++, { signal });
    const reading = views[0].history({ pageSize: 1, signal })[Symbol.asyncIterator]();
    await say(people[1], id, 'one');
    await until(() => heard.all === 1 && heard.entry === 1 && heard.change > 0);
    expect((await over(reading.next())).value).toMatchObject({ type: 'message.new', text: 'one' });
    ending.abort();
    const { change } = heard;
    expect(await codeOf(reading.next())).toBe('cancelled');
    expect(await codeOf(parley.request('GET', '/v1/me', undefined, { signal }))).toBe('cancelled');
    parley.on('message.new', () => heard.event++, { signal });
    await say(people[1], id, 'two');
    await until(() => heard.all === 2 && messageIn(views[0], 'two'));
    expect(heard).toEqual({ all: 2, event: 1, change, entry: 1 });
  });
};
