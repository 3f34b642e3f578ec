import { afterEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../client/chat.ts';
import { createTestServer, type TestServer, type TestUser } from '../../client/testing/index.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const stage = async (found: (server: TestServer, ann: TestUser) => void = () => {}) => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const id = server.group('climbing', ann, bob);
  found(server, ann);
  const asked: string[] = [];
  const { options } = ann.device();
  const parley = connect({ ...options, heartbeat: 10 });
  ends.push(parley.close, server.stop);
  await server.clock.advance(5_000);
  await parley.ready;
  server.interfere(({ what, content: { path } }) => {
    asked.push(path === undefined ? what : `${what} ${path}`);
    return undefined;
  });
  return { server, bob, id, parley, asked };
};

/** More conversations than a frame can name. */
const many = (server: TestServer, ann: TestUser) => {
  for (let i = 0; i < 900; i++) server.group(`group ${i}`, ann);
  for (let i = 0; i < 200; i++) server.user(`user ${i}`).say(ann, 'hello');
};

describe('a connection that the server forgot', () => {
  test.each([
    ['that fits a frame', undefined],
    ['that goes over HTTP', many],
  ])('is known again, also by a position %s', async (_, found) => {
    const { server, bob, id, parley, asked } = await stage(found);
    server.forget();
    await server.clock.advance(15_000);
    expect(asked.includes('POST /v1/sync')).toBe(found === many);
    asked.length = 0;
    const heard: string[] = [];
    parley.on('message.new', ({ text }) => heard.push(text));
    bob.say(id, 'pushed');
    await server.clock.settle();
    expect(heard).toEqual(['pushed']);
    await server.clock.advance(60_000);
    expect(new Set(asked)).toEqual(new Set(['ping', 'markDelivered']));
  });

  test.each([
    ['that fits a frame', undefined],
    ['that goes over HTTP', many],
  ])('watches again, once it is known by a position %s', async (_, found) => {
    const { server, bob, parley, asked } = await stage(found);
    parley.presence.watch([bob.id]);
    await server.clock.advance(1_000);
    asked.length = 0;
    server.forget();
    await server.clock.advance(15_000);
    expect(asked.filter((what) => what === 'watchPresence')).toHaveLength(1);
    bob.appear();
    await server.clock.advance(15_000);
    expect(parley.presence.get().get(bob.id)).toMatchObject({ online: true });
  });
});
