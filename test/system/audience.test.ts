import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { inLanes } from '../../lib/lanes.ts';
import type { Session } from '../../schema/http/users.ts';
import { limits } from '../../schema/limits.ts';
import type { Client, Frame } from '../support/client.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(60_000);

const readers = 5;
const devices = 41;

let parley: Strict;
let writer: Client;
let audience: Client[];
let id: string;
beforeAll(async () => {
  // With Redis too slow a connection comes in unregistered: that is not what is asked here.
  parley = await startStrict({ PARLEY_STRANGER_REQUESTS: '1000', PARLEY_REDIS_COMMAND_MS: '5000' });
  const sessions: Session[] = [];
  while (sessions.length <= readers) sessions.push(await parley.register());
  const [author, ...others] = sessions as [Session, ...Session[]];
  const { body } = await parley.http('POST', '/v1/conversations', {
    token: author.token,
    body: { kind: 'group', title: 'an audience', members: others.map(({ user }) => user.id) },
  });
  id = body.id;
  writer = await parley.connect(author);
  audience = [];
  const arriving = others.flatMap((one) => Array.from({ length: devices }, () => one));
  await inLanes(8, arriving, async (one) => {
    const client = await parley.connect(one);
    expect(await client.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
    audience.push(client);
  });
}, 60_000);
afterAll(() => parley.stop());

const isText = (text: string) => (frame: Frame) => frame.type === 'message.new' && frame.text === text;
const delivering = () => parley.instances().filter((instance) => instance.function === 'deliver');

test('what is too much for one invocation goes through the queue, and reaches everybody once', async () => {
  expect(audience.length).toBeGreaterThan(limits.inlinePosts);
  expect(delivering()).toEqual([]);
  const ack = await writer.ask({ action: 'sendMessage', conversation: id, text: 'hello all' });
  const heard = await Promise.all(audience.map((client) => client.next(isText('hello all'))));
  expect(new Set(heard.map(({ seq }) => seq))).toEqual(new Set([ack.seq]));
  // Everybody follows his own inbox, whoever made the post.
  for (const { inbox } of heard) expect(inbox.version).toBeGreaterThan(inbox.prev);
  expect(delivering()).not.toEqual([]);
  await parley.freeze();
  const posts = parley.posts().filter(({ body }) => body.includes('hello all'));
  expect(posts).toHaveLength(audience.length);
  expect(new Set(posts.map(({ connection }) => connection)).size).toBe(audience.length);
  expect(writer.frames.some(isText('hello all'))).toBe(false);
  expect(parley.deadLetters()).toEqual([]);
});

test('a slow reader delays nobody, and is counted', async () => {
  const slow = new Set(parley.connections().slice(1, 3));
  parley.interfere(({ connection }) => (slow.has(connection) ? 'hang' : undefined));
  const { seq } = await writer.ask({ action: 'sendMessage', conversation: id, text: 'to most' });
  await parley.freeze();
  parley.interfere(undefined);
  const heard = audience.filter((client) => client.frames.some(isText('to most')));
  expect(heard.length).toBe(audience.length - slow.size);
  const missed = parley
    .log()
    .split('\n')
    .filter((line) => line.includes('push.missed'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.seq === seq);
  expect(missed.reduce((sum, { slow: one, failed }) => sum + one + failed, 0)).toBe(slow.size);
});
