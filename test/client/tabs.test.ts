import { expect, test } from '@jest/globals';
import { connect, memoryStorage } from '../../client/chat.ts';
import { createTestServer } from '../../client/testing/index.ts';

test('what a tab leaves unsent is sent by another at its next heartbeat, once', async () => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const conversation = server.group('climbing', ann, bob);
  const storage = memoryStorage();
  const [phone, laptop] = [ann.device(), ann.device()];
  const gone = connect({ ...phone.options, storage });
  const other = connect({ ...laptop.options, storage, heartbeat: 30 });
  await server.clock.advance(1_000);
  await Promise.all([gone.ready, other.ready]);

  phone.line.offline();
  gone.conversation(conversation).send('from a tab that is gone');
  await server.clock.advance(1_000);
  const stored = () => server.log(conversation).filter(({ type }) => type === 'message.new');
  expect(stored()).toEqual([]);
  gone.close();
  await server.clock.advance(30_000);
  expect(stored()).toMatchObject([{ text: 'from a tab that is gone', from: ann.id }]);
  other.close();
  server.stop();
});

test('what somebody left unsent is never sent as another', async () => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const conversation = server.group('climbing', ann, bob);
  const storage = memoryStorage();
  const [phone, stranger] = [ann.device(), bob.device()];
  const gone = connect({ ...phone.options, storage, user: ann.id });
  await server.clock.advance(1_000);
  phone.line.offline();
  gone.conversation(conversation).send("ann's own words");
  await server.clock.advance(1_000);
  gone.close();

  const mistaken = connect({ ...stranger.options, storage, user: ann.id });
  mistaken.ready.catch(() => {});
  await server.clock.advance(60_000);
  expect(mistaken.connection.get()).toMatchObject({ current: 'failed', reason: { code: 'forbidden' } });
  expect(server.log(conversation).filter(({ type }) => type === 'message.new')).toEqual([]);
  mistaken.close();
  server.stop();
});
