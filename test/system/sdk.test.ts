import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { register } from '../../client/account.ts';
import { connect } from '../../client/index.ts';
import { type Local, startLocal } from '../support/local.ts';

/** The SDK through serverless-offline, as `npm start` runs it: with nothing given but two addresses and a token. */
let local: Local;
beforeAll(async () => {
  local = await startLocal('sdk');
}, 120_000);
afterAll(() => local.stop());

const enter = async () => {
  const httpUrl = `http://localhost:${local.ports.http}`;
  const { user, token } = await register({
    httpUrl,
    name: `person ${crypto.randomUUID().slice(0, 8)}`,
    password: 'correct horse',
  });
  const parley = connect({ url: local.url, httpUrl, getToken: () => token });
  await parley.ready;
  return { parley, user };
};

test('two people talk, mark, change and read back', async () => {
  const [ann, bob] = [await enter(), await enter()];
  const [hers, his] = [ann.parley, bob.parley];
  const heard = new Promise((resolve) => his.on('message.new', resolve));
  const { id, send, edit, markRead, history } = await hers.direct(bob.user.id);
  const { seq } = await send('helo').sent;
  expect(await heard).toMatchObject({ conversation: id, seq, from: ann.user.id, text: 'helo' });

  const read = new Promise<void>((resolve) =>
    hers.on('receipt', ({ user, read: upTo }) => user === bob.user.id && upTo >= seq && resolve()),
  );
  his.conversation(id).markRead();
  await read;

  const edited = new Promise((resolve) => his.on('message.edited', resolve));
  await edit(seq, 'hello').sent;
  expect(await edited).toMatchObject({ target: seq, text: 'hello' });
  markRead();

  const texts: string[] = [];
  for await (const entry of history()) if (entry.type === 'message.new') texts.push(entry.text);
  expect(texts).toEqual(['hello']);
  hers.close();
  his.close();
}, 60_000);
