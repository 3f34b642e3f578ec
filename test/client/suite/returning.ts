import { expect, test } from '@jest/globals';
import { memoryStorage } from '../../../client/chat.ts';
import { expectWhole, messageIn, type Stage, type Subject, textsIn } from './subject.ts';
import { pair } from './talking.ts';

type Given = { subject(): Subject; stage(): Stage };

/** What becomes of those who were away. */
export const returning = (given: Given) => {
  const until: Stage['until'] = (look) => given.stage().until(look);
  const over: Stage['over'] = (promise) => given.stage().over(promise);

  test('who loses the line misses nothing of what was said, changed and deleted meanwhile', async () => {
    const { people, clients, id, views } = await pair(given);
    const { seq } = await over(views[1].send('hello').sent);
    const doomed = await over(views[1].send('never mind').sent);
    await until(() => messageIn(views[0], 'never mind'));
    clients[0].device.way.offline();
    await until(() => clients[0].parley.state === 'reconnecting');
    for (let i = 0; i < 5; i++) {
      await people[1].request('POST', `/v1/conversations/${id}/messages`, { text: `missed ${i}` });
    }
    await over(views[1].edit(seq, 'hello again').sent);
    await over(views[1].delete(doomed.seq).sent);
    await over(views[1].react(seq, '🎉').sent);
    const kept = views[0].send('while away');
    clients[0].device.way.online();
    await over(kept.sent);
    await until(
      () => messageIn(views[0], 'while away')?.state === 'stored' && messageIn(views[1], 'while away'),
    );
    const expected = [
      'hello again',
      '',
      'missed 0',
      'missed 1',
      'missed 2',
      'missed 3',
      'missed 4',
      'while away',
    ];
    expect(textsIn(views[0])).toEqual(expected);
    expect(textsIn(views[1])).toEqual(expected);
    expect(messageIn(views[0], 'hello again')?.reactions).toEqual([{ emoji: '🎉', users: [people[1].id] }]);
    expectWhole(clients[0], id);
    expectWhole(clients[1], id);
  });

  test('who missed too much is told, and begins anew at the newest', async () => {
    const { people, clients, id, views } = await pair(given);
    clients[0].device.way.offline();
    await until(() => clients[0].parley.state === 'reconnecting');
    const [lanes, each] = [6, 35];
    const path = `/v1/conversations/${id}/messages`;
    const talk = async (lane: number) => {
      for (let i = 0; i < each; i++)
        await people[1].request('POST', path, { text: `lane ${lane} number ${i}` });
    };
    await Promise.all(Array.from({ length: lanes }, (_, lane) => talk(lane)));
    clients[0].device.way.online();
    const head = lanes * each + 1;
    await until(() => clients[0].heard.includes('limited') && views[0].get().head === head);
    expect(views[0].get().hasOlder).toBe(true);
    expect(textsIn(views[0]).length).toBeLessThan(lanes * each);
    await over(views[0].loadOlder());
    const texts = textsIn(views[0]);
    const newest: string[] = [];
    const reading = async () => {
      for await (const entry of clients[1].parley.conversation(id).history({ pageSize: 100 })) {
        if (entry.type === 'message.new') newest.push(entry.text);
        if (newest.length === texts.length) return;
      }
    };
    await over(reading());
    expect(texts).toEqual(newest.reverse());
  });

  test('a planned reconnect is not seen', async () => {
    const { people, clients, id, views } = await pair(given);
    const synced = clients[0].heard.filter((name) => name === 'synced').length;
    await given.subject().drain();
    await until(() => clients.every(({ heard }) => heard.includes('goodbye')));
    for (let i = 0; i < 5; i++) {
      await people[1].request('POST', `/v1/conversations/${id}/messages`, { text: `during ${i}` });
    }
    await until(() => clients[0].heard.filter((name) => name === 'synced').length > synced);
    await over(views[0].send('after').sent);
    await until(() => messageIn(views[1], 'after'));
    expect(textsIn(views[1])).toEqual(['during 0', 'during 1', 'during 2', 'during 3', 'during 4', 'after']);
    expect(clients[0].states).toEqual(['connecting', 'connected']);
    expectWhole(clients[0], id);
  });

  test('what was unsent survives a reload, and is stored once', async () => {
    const { people, clients, id, views } = await pair(given);
    await over(views[1].send('hello').sent);
    await until(() => messageIn(views[0], 'hello'));
    const storage = memoryStorage();
    const device = await people[0].device();
    const before = given.stage().begin(device, { storage });
    await over(before.parley.ready);
    device.way.offline();
    await until(() => before.parley.state === 'reconnecting');
    const conversation = before.open(id);
    for (const text of ['first', 'second']) conversation.send(text).sent.catch(() => {});
    before.close();
    device.way.online();
    const after = given.stage().begin(device, { storage });
    const reloaded = after.open(id);
    await until(() => messageIn(views[1], 'second') && messageIn(reloaded, 'second')?.state === 'stored');
    await until(() => messageIn(reloaded, 'hello'));
    expect(textsIn(views[1])).toEqual(['hello', 'first', 'second']);
    expect(textsIn(reloaded)).toEqual(['hello', 'first', 'second']);
    expectWhole(clients[1], id);
  });
};
