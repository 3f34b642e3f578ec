import { expect, test } from '@jest/globals';
import { devices, renew, revokeDevice } from '../../../client/account.ts';
import type { ParleyError } from '../../../client/index.ts';
import { messageIn, type Stage, type Subject } from './subject.ts';
import { pair } from './talking.ts';

type Given = { subject(): Subject; stage(): Stage };

/** Tokens, devices and groups: who may, and until when. */
export const sessions = (given: Given) => {
  const until: Stage['until'] = (look) => given.stage().until(look);
  const over: Stage['over'] = (promise) => given.stage().over(promise);
  const codeOf = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await over(promise);
    } catch (error) {
      return (error as ParleyError).code;
    }
    return 'none';
  };

  test('a token is renewed before it ends, on the same connection', async () => {
    const person = await given.subject().person();
    const device = await person.device({ tokenSeconds: 13 });
    const reasons: string[] = [];
    const client = given.stage().begin(device, {
      getToken: (asked) => {
        reasons.push(asked.reason);
        given.subject().wake();
        return device.options.getToken(asked);
      },
    });
    await over(client.parley.ready);
    await until(() => reasons.includes('expiring'));
    const other = await given.subject().person();
    const { send } = await over(client.parley.direct(other.id));
    await over(send('still here').sent);
    expect(reasons.slice(0, 2)).toEqual(['first', 'expiring']);
    expect(client.states).toEqual(['connecting', 'connected']);
  });

  test('a session is renewed without a password: the device stays, and so does its connection', async () => {
    const person = await given.subject().person();
    const { options, way } = await person.device({ tokenSeconds: 13 });
    const { url, httpUrl = url.replace(/^ws/, 'http'), getToken, fetch = globalThis.fetch } = options;
    const reasons: string[] = [];
    let token = await getToken({ reason: 'first', signal: new AbortController().signal });
    const { parley, states } = given.stage().begin(
      { options, way },
      {
        getToken: async ({ reason, signal }) => {
          if (reason !== 'first') token = (await renew({ httpUrl, token, signal, fetch })).token;
          reasons.push(reason);
          given.subject().wake();
          return token;
        },
      },
    );
    await over(parley.ready);
    const before = await over(devices(parley));
    await until(() => reasons.includes('expiring'));
    const other = await given.subject().person();
    const { send } = await over(parley.direct(other.id));
    await over(send('still here').sent);
    expect(reasons.slice(0, 2)).toEqual(['first', 'expiring']);
    expect(states).toEqual(['connecting', 'connected']);
    expect(await over(devices(parley))).toEqual(before);
  });

  test('a token that is refused is asked for anew, after two handshakes', async () => {
    const person = await given.subject().person();
    const device = await person.device();
    const reasons: string[] = [];
    const client = given.stage().begin(device, {
      getToken: (asked) => {
        reasons.push(asked.reason);
        return asked.reason === 'first' ? 'nonsense' : device.options.getToken({ ...asked, reason: 'first' });
      },
    });
    await over(client.parley.ready);
    expect(reasons).toContain('refused');
    expect(client.parley.me?.user.id).toBe(person.id);
  });

  test('a device that is revoked is out, and says why', async () => {
    const person = await given.subject().person();
    const [phone, laptop] = [await given.stage().enter(person), await given.stage().enter(person)];
    const known = await over(devices(phone.parley));
    const other = known.find(({ id }) => id === laptop.parley.me?.device);
    expect(other).toMatchObject({ connections: 1 });
    await over(revokeDevice(phone.parley, other?.id ?? ''));
    await until(() => laptop.parley.state === 'failed');
    expect(laptop.parley.connection.get().reason).toMatchObject({ code: 'revoked', retryable: false });
    expect(phone.parley.state).toBe('connected');
  });

  test('who is kicked stays away until told to come back', async () => {
    const person = await given.subject().person();
    const { parley } = await given.stage().enter(person);
    await given.subject().kick(person);
    await until(() => parley.state === 'failed');
    parley.connect();
    await until(() => parley.state === 'connected');
  });

  test('refusals have a code, and say what is wrong', async () => {
    const { clients, id, views } = await pair(given);
    const { seq } = await over(views[0].send('mine').sent);
    expect(await codeOf(views[1].edit(seq, 'yours').sent)).toBe('forbidden');
    expect(await codeOf(views[1].edit(99, 'nothing').sent)).toBe('not-found');
    expect(await codeOf(views[1].send('x', { replyTo: 99 }).sent)).toBe('bad-request');
    expect(await codeOf(views[1].send('x'.repeat(20_000)).sent)).toBe('too-large');
    expect(await codeOf(views[1].react(seq, '👍', { remove: true }).sent)).toBe('conflict');
    await over(views[0].delete(seq).sent);
    expect(await codeOf(views[0].edit(seq, 'again').sent)).toBe('message-deleted');
    expect(await codeOf(clients[0].parley.direct('u:NobodyAAAAAAAAAAAAAAAA'))).toBe('not-found');
    expect(await codeOf(clients[0].parley.conversation('g:NothingAAAAAAAAAAAAAAA').send('x').sent)).toBe(
      'not-found',
    );
    expect(await codeOf(clients[0].parley.conversation(id).rename('ours'))).toBe('forbidden');
  });

  test('a group grows and shrinks, and who is out has nothing of it', async () => {
    const [people, clients] = [[], []] as [
      Awaited<ReturnType<Subject['person']>>[],
      Awaited<ReturnType<Stage['enter']>>[],
    ];
    for (let i = 0; i < 3; i++) people.push(await given.subject().person());
    for (const person of people) clients.push(await given.stage().enter(person));
    const [ann, bob, cid] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
    const [, second, third] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    const group = await over(ann.parley.createGroup('climbing', [second.id]));
    const view = bob.open(group.id);
    await until(() => view.get().title === 'climbing');
    await over(group.add(third.id));
    const theirs = cid.open(group.id);
    await over(group.send('welcome').sent);
    await until(() => messageIn(theirs, 'welcome') && messageIn(view, 'welcome'));
    await over(group.rename('climbing on Tuesday'));
    await until(
      () => theirs.get().title === 'climbing on Tuesday' && view.get().title === 'climbing on Tuesday',
    );

    await over(group.remove(third.id));
    await until(() => cid.heard.includes('gone'));
    await over(group.send('between us').sent);
    await until(() => messageIn(view, 'between us'));
    expect(messageIn(theirs, 'between us')).toBeUndefined();
    expect(await codeOf(cid.parley.conversation(group.id).send('hello?').sent)).toBe('not-found');
    expect(cid.parley.conversations.get().items.map(({ id }) => id)).not.toContain(group.id);

    const room = await over(ann.parley.createRoom('lobby'));
    await over(cid.parley.conversation(room.id).join());
    await over(cid.parley.conversation(room.id).send('hi all').sent);
    await until(() => messageIn(ann.open(room.id), 'hi all'));
    await over(cid.parley.conversation(room.id).leave());
    await until(() => cid.heard.filter((name) => name === 'gone').length === 2);
  });
};
