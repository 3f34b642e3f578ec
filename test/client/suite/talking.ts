import { expect, test } from '@jest/globals';
import { type Client, messageIn, type Person, type Stage, type Subject, textsIn } from './subject.ts';

type Given = { subject(): Subject; stage(): Stage };

/** Two people who are connected, and the direct conversation between them, which both look at. */
export const pair = async ({ subject, stage }: Given) => {
  const people: [Person, Person] = [await subject().person(), await subject().person()];
  const clients: [Client, Client] = [await stage().enter(people[0]), await stage().enter(people[1])];
  const { id } = await stage().over(clients[0].parley.direct(people[1].id));
  const views = [clients[0].open(id), clients[1].open(id)] as const;
  await stage().until(() =>
    views.every((view) => view.get().items.length > 0 && view.get().members.length === 2),
  );
  return { people, clients, id, views };
};

/** What people do in a conversation while all is well. */
export const talking = (given: Given) => {
  const until: Stage['until'] = (look) => given.stage().until(look);
  const over: Stage['over'] = (promise) => given.stage().over(promise);

  test('who connects learns who they are, step by step', async () => {
    const person = await given.subject().person();
    const { parley, states, heard } = await given.stage().enter(person);
    expect(parley.me).toMatchObject({ user: { id: person.id, name: person.name }, role: 'user' });
    expect(states).toEqual(['connecting', 'connected']);
    expect(heard).toContain('synced');
  });

  test('a message is shown at once, stored once, and reaches the other and one’s own other device', async () => {
    const { people, clients, id, views } = await pair(given);
    const tablet = await given.stage().enter(people[0]);
    const mirror = tablet.open(id);
    const sending = views[0].send('hello');
    expect(messageIn(views[0], 'hello')).toMatchObject({ key: sending.key, seq: undefined });
    const stored = await over(sending.sent);
    expect(stored).toMatchObject({ key: sending.key, conversation: id, seq: 2 });
    const seen = await until(() => messageIn(views[1], 'hello'));
    expect(seen).toMatchObject({ seq: 2, from: people[0].id, key: sending.key, state: 'stored' });
    await until(() => messageIn(mirror, 'hello'));
    expect(messageIn(views[0], 'hello')).toMatchObject({ seq: 2, ts: seen.ts, state: 'stored' });
    expect(clients[0].entries.filter(({ seq }) => seq === 2)).toHaveLength(1);
  });

  test('several sends keep their order, whatever the limit says', async () => {
    const { views } = await pair(given);
    const texts = Array.from({ length: 12 }, (_, i) => `number ${i}`);
    const sendings = texts.map((text) => views[0].send(text));
    const stored = await over(Promise.all(sendings.map(({ sent }) => sent)));
    expect(stored.map(({ seq }) => seq)).toEqual(texts.map((_, i) => i + 2));
    await until(() => textsIn(views[1]).length === texts.length);
    expect(textsIn(views[1])).toEqual(texts);
    expect(textsIn(views[0])).toEqual(texts);
  });

  test('a message is edited, reacted to, answered and deleted, and both see the same', async () => {
    const { people, views } = await pair(given);
    const { seq } = await over(views[0].send('helo').sent);
    await over(views[0].edit(seq, 'hello').sent);
    expect(await until(() => messageIn(views[1], 'hello'))).toMatchObject({ seq, edited: true });

    await over(views[1].react(seq, '👍').sent);
    const liked = [{ emoji: '👍', users: [people[1].id] }];
    await until(() => messageIn(views[0], 'hello')?.reactions.length);
    expect(messageIn(views[0], 'hello')?.reactions).toEqual(liked);
    await over(views[1].react(seq, '👍', { remove: true }).sent);
    await until(() => messageIn(views[0], 'hello')?.reactions.length === 0);

    await over(views[1].send('what?', { replyTo: seq }).sent);
    expect(await until(() => messageIn(views[0], 'what?'))).toMatchObject({
      replyTo: seq,
      reply: { text: 'hello' },
    });

    await over(views[0].delete(seq).sent);
    const gone = await until(() =>
      views[1].get().items.find((item) => item.kind === 'message' && item.seq === seq && item.deleted),
    );
    expect(gone).toMatchObject({ text: '', reactions: [] });
    expect(JSON.stringify(views.map((view) => view.get().items))).not.toContain('hel');
  });

  test('ticks rise: delivered by itself, read when it was seen; unread falls', async () => {
    const { people, clients, id, views } = await pair(given);
    const { seq } = await over(views[0].send('one').sent);
    await until(() => views[0].get().others.delivered >= seq);
    expect(views[0].get().others.read).toBeLessThan(seq);
    const listed = () => clients[1].parley.conversations.get().items.find((one) => one.id === id);
    expect(await until(() => listed()?.unread.count && listed())).toMatchObject({
      unread: { count: 1, more: false },
    });

    views[1].markRead();
    await until(() => views[0].get().others.read >= seq);
    await until(() => listed()?.unread.count === 0);
    expect(clients[1].parley.conversations.get().unread).toMatchObject({ count: 0 });
    const [receipt] = (await over(views[0].receipts(seq))).filter(({ user }) => user === people[1].id);
    expect(receipt).toMatchObject({ read: seq, readOn: [{ device: expect.any(String) }] });
  });

  test('typing shows, and ends with the message', async () => {
    const { people, views } = await pair(given);
    await over(views[0].send('first').sent);
    await until(() => messageIn(views[1], 'first'));
    views[0].typing(true);
    expect(await until(() => views[1].get().typing.length && views[1].get().typing)).toEqual([people[0].id]);
    await over(views[0].send('there').sent);
    await until(() => messageIn(views[1], 'there'));
    expect(views[1].get().typing).toEqual([]);
  });

  test('who watches is told who comes', async () => {
    const [ann, bob] = [await given.subject().person(), await given.subject().person()];
    const { parley } = await given.stage().enter(ann);
    parley.presence.watch([bob.id]);
    expect(await until(() => parley.presence.get().get(bob.id))).toMatchObject({ online: false });
    await given.stage().enter(bob);
    await until(() => parley.presence.get().get(bob.id)?.online);
  });

  test('the past is read page by page, and joined with what happens', async () => {
    const { people, clients, id, views } = await pair(given);
    for (let i = 0; i < 8; i++)
      await people[1].request('POST', `/v1/conversations/${id}/messages`, { text: `past ${i}` });
    await until(() => messageIn(views[0], 'past 7'));
    const read: number[] = [];
    const reading = (async () => {
      for await (const { seq } of clients[0].parley.conversation(id).history({ pageSize: 3 })) read.push(seq);
    })();
    await over(reading);
    expect(read).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);

    const heard: number[] = [];
    const end = views[0].subscribe(({ seq }) => heard.push(seq), { after: 0 });
    await over(views[0].send('now').sent);
    await until(() => heard.length === 10);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    end();
  });
};
