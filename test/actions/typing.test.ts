import { beforeEach, describe, expect, test } from '@jest/globals';
import { block } from '../../lib/actions/blocks/block.ts';
import { typing } from '../../lib/actions/connections/typing.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { aGroup, connectAs, type Person, performed, refusal, type TestApp, testApp } from '../support/app.ts';
import { aConversation } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let carl: Person;
let group: ConversationId;

beforeEach(async () => {
  app = testApp();
  [ann, bob, carl] = [await connectAs(app), await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob, carl);
});

const type = (person: Person, active = true, conversation = group) =>
  performed(app, typing(app, person, { action: 'typing', id: '1', conversation, active }));
const ok = { type: 'ok', id: '1' };

describe('typing', () => {
  test('is shown on all connections of the other members, and on none of one’s own', async () => {
    const [tablet, own] = [await connectAs(app, bob.user), await connectAs(app, ann.user)];
    expect(await type(ann)).toEqual(ok);
    const shown = [{ type: 'typing', conversation: group, user: ann.user, active: true }];
    for (const person of [bob, tablet, carl]) expect(person.pushed).toEqual(shown);
    for (const person of [ann, own]) expect(person.pushed).toEqual([]);
  });

  test('is shown at most once in three seconds, whatever the device', async () => {
    const tablet = await connectAs(app, ann.user);
    for (let i = 0; i < 3; i++) await type(ann);
    await type(tablet);
    expect(bob.pushed).toHaveLength(1);
    await app.clock.pass(3_000);
    expect(await type(ann)).toEqual(ok);
    expect(bob.pushed).toHaveLength(2);
  });

  test('is shown to end, once, and only if it began', async () => {
    await type(ann, false);
    expect(bob.pushed).toEqual([]);
    await type(ann);
    for (let i = 0; i < 2; i++) await type(ann, false);
    expect(bob.pushed.map(({ active }) => active)).toEqual([true, false]);
  });

  test('by a stranger is answered alike and shown to nobody', async () => {
    const dan = await connectAs(app);
    expect(await type(dan)).toEqual(ok);
    expect(await type(dan, true, aConversation())).toEqual(ok);
    expect(bob.pushed).toEqual([]);
  });

  test('is shown to nobody where Redis forgot who is a member', async () => {
    await app.conversations.drop(group);
    expect(await type(ann)).toEqual(ok);
    expect(bob.pushed).toEqual([]);
  });

  test('is shown to nobody where one of the two has blocked the other', async () => {
    const { conversation } = await performed(
      app,
      sendMessage(app, ann, { action: 'sendMessage', to: bob.user, text: 'hello', type: 'text' }),
    );
    await type(ann, true, conversation);
    expect(bob.pushed.filter((frame) => frame.type === 'typing')).toHaveLength(1);
    await block(app, bob, ann.user);
    await app.clock.pass(10_000);
    await sendMessage(app, ann, { action: 'sendMessage', to: bob.user, text: 'hello', type: 'text' }).catch(
      () => {},
    );
    bob.pushed.length = 0;
    await type(ann, true, conversation);
    expect(bob.pushed).toEqual([]);
  });

  test('is for those who are connected', async () => {
    await app.connections.remove(ann.user, ann.connection, 0);
    expect(await refusal(type(ann))).toMatchObject({ code: 'unknown-connection' });
  });

  test('is told as often as one may send, and leaves the sends alone', async () => {
    for (let i = 0; i < 5; i++) expect(await type(ann)).toEqual(ok);
    expect(await refusal(type(ann))).toMatchObject({ code: 'rate-limited' });
    const frame = { action: 'sendMessage' as const, type: 'text', conversation: group, text: 'hello' };
    expect(await performed(app, sendMessage(app, ann, frame))).toMatchObject({ type: 'ack' });
    await app.clock.pass(1_001);
    expect(await type(ann)).toEqual(ok);
  });

  test('needs nothing of Cassandra', async () => {
    const { clock, connections, conversations, gateway, log, policy, presence, queue } = app;
    const uses = { clock, connections, conversations, gateway, log, policy, presence, queue };
    const outcome = await typing(uses, ann, {
      action: 'typing',
      conversation: group,
      active: true,
    });
    expect(outcome.publish).toHaveLength(1);
  });
});
