import { beforeEach, describe, expect, test } from '@jest/globals';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { postMessage } from '../../lib/actions/messages/send.ts';
import { markDelivered, markRead } from '../../lib/actions/receipts/mark.ts';
import { readReceipts } from '../../lib/actions/receipts/read.ts';
import type { Connections } from '../../lib/connections/port.ts';
import type { MarkRead } from '../../schema/frames.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import {
  aGroup,
  away,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
} from '../support/app.ts';
import { aConversation } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let cid: Person;
let group: ConversationId;

const say = async (by: Person, conversation = group) => {
  await app.clock.pass(1_001);
  return performed(app, postMessage(app, by, conversation, { type: 'text', text: 'hello' }));
};
const asked = (seq: number, conversation = group): Pick<MarkRead, 'id' | 'conversation' | 'seq'> => ({
  conversation,
  seq,
});
const read = (by: Person, seq: number, on = app) => performed(app, markRead(on, by, asked(seq)));
const receive = (by: Person, seq: number) => performed(app, markDelivered(app, by, asked(seq)));
const receiptsOf = async (by: Person, seq?: number) => {
  const { items } = (await readReceipts(app, by, group, { seq })).reply;
  return items;
};
const versionsOf = async ({ user }: Person) => (await app.connections.changes(user, 0)).changed;
const quiet = (...people: Person[]) => {
  for (const person of people) person.pushed.length = 0;
};

beforeEach(async () => {
  app = testApp();
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob, cid);
  for (let i = 0; i < 4; i++) await say(ann);
  quiet(ann, bob, cid);
});

describe('a mark', () => {
  test('is answered, and pushed to everybody else and to the own other connections', async () => {
    const tablet = await connectAs(app, bob.user);
    const reply = await performed(app, markRead(app, bob, { id: '7', ...asked(3) }));
    const receipt = { type: 'receipt', conversation: group, user: bob.user, delivered: 3, read: 3 };
    expect(reply).toEqual({ ...receipt, id: '7', inbox: expect.anything() });
    for (const person of [ann, cid, tablet]) {
      expect(person.pushed).toEqual([{ ...receipt, inbox: expect.anything() }]);
    }
    expect(bob.pushed).toEqual([]);
    expect(tablet.pushed[0]?.inbox).toEqual(reply.inbox);
  });

  test('of what has arrived says nothing of reading', async () => {
    expect(await receive(bob, 4)).toMatchObject({ delivered: 4, read: 0 });
    expect(await read(bob, 2)).toMatchObject({ delivered: 4, read: 2 });
    expect(await receiptsOf(ann)).toEqual([{ user: bob.user, delivered: 4, read: 2 }]);
  });

  test('raises the inbox of everybody who is told', async () => {
    const before = await versionsOf(ann);
    await read(bob, 3);
    const after = await versionsOf(ann);
    expect(after.get(group)).toBeGreaterThan(before.get(group) ?? 0);
    expect(ann.pushed[0]).toMatchObject({ inbox: { version: after.get(group) } });
  });

  test('that does not rise pushes and marks nothing', async () => {
    await read(bob, 3);
    quiet(ann, cid);
    const before = await versionsOf(ann);
    for (const seq of [3, 2]) {
      expect(await read(bob, seq)).toEqual({
        type: 'receipt',
        conversation: group,
        user: bob.user,
        delivered: 3,
        read: 3,
      });
      await receive(bob, seq);
    }
    expect([...ann.pushed, ...cid.pushed]).toEqual([]);
    expect(await versionsOf(ann)).toEqual(before);
  });

  test('of two that come at once pushes once', async () => {
    const tablet = await connectAs(app, bob.user);
    await Promise.all([read(bob, 3), read(tablet, 3)]);
    expect(ann.pushed).toHaveLength(1);
  });

  test('above the head is refused, also where Redis remembers nothing', async () => {
    for (const lose of [() => {}, () => app.keys.delete(`{${group}}:state`)]) {
      lose();
      expect(await refusal(read(bob, 6))).toMatchObject({ code: 'bad-request', pointer: '/seq' });
    }
    expect(await receiptsOf(ann)).toEqual([]);
    expect(await read(bob, 5)).toMatchObject({ read: 5 });
  });

  test('may come before the sender has told Redis of the entry', async () => {
    const state = `{${group}}:state`;
    const stale = app.keys.get<object>(state);
    app.keys.set(state, { ...stale, seq: 4 }, 60_000);
    expect(await read(bob, 5)).toMatchObject({ read: 5 });
    expect(app.keys.get(state)).toMatchObject({ seq: 4 });
  });

  test('is for members, on a connection that is known', async () => {
    const eve = await connectAs(app);
    expect(await refusal(read(eve, 3))).toMatchObject({ code: 'not-found' });
    const nowhere = markRead(app, bob, asked(1, aConversation()));
    expect(await refusal(nowhere)).toMatchObject({ code: 'not-found' });
    await app.connections.remove(bob.user, bob.connection, 0);
    expect(await refusal(read(bob, 3))).toMatchObject({ code: 'unknown-connection' });
  });

  test('tells only the own other connections in a large conversation', async () => {
    const others: Person[] = [];
    for (let i = 0; i < limits.receiptMembers; i++) others.push(await connectAs(app));
    group = await aGroup(app, ann, bob, ...others.slice(0, limits.receiptMembers - 2));
    const small = group;
    expect(await app.members.of(small)).toHaveLength(limits.receiptMembers);
    await read(bob, 1);
    expect(ann.pushed).toHaveLength(1);

    group = await aGroup(app, ann, bob, ...others.slice(0, limits.receiptMembers - 1));
    const tablet = await connectAs(app, bob.user);
    const before = await versionsOf(ann);
    expect(await read(bob, 1)).toMatchObject({ read: 1, inbox: expect.anything() });
    expect(tablet.pushed).toMatchObject([{ type: 'receipt', user: bob.user, read: 1 }]);
    expect(ann.pushed).toEqual([]);
    expect(await versionsOf(ann)).toEqual(before);
    expect(await receiptsOf(ann)).toEqual([{ user: bob.user, delivered: 1, read: 1 }]);
  });

  test('outlives Redis', async () => {
    await read(bob, 3);
    app.keys.wipe();
    expect(await receiptsOf(ann)).toEqual([{ user: bob.user, delivered: 3, read: 3 }]);
  });

  test('that could not be told to everybody is refused, and told by its repetition', async () => {
    const mark: Connections['mark'] = async (user, conversation) =>
      user === ann.user
        ? away<Connections>().mark(user, conversation)
        : app.connections.mark(user, conversation);
    const halting = { ...app, connections: { ...app.connections, mark } };
    expect(await refusal(read(bob, 3, halting))).toMatchObject({ code: 'unavailable' });
    expect(ann.pushed).toEqual([]);
    await read(bob, 3);
    expect(ann.pushed).toMatchObject([{ type: 'receipt', read: 3 }]);
  });
});

describe('receipts of a message', () => {
  test('say when and on which devices it was received and read', async () => {
    const tablet = await connectAs(app, bob.user);
    await receive(bob, 2);
    await app.clock.pass(100);
    const second = app.clock.now();
    await receive(tablet, 4);
    await app.clock.pass(100);
    const third = app.clock.now();
    await read(bob, 5);
    await receive(cid, 2);

    const items = new Map((await receiptsOf(ann, 3)).map((item) => [item.user, item]));
    expect(items.get(bob.user)).toEqual({
      user: bob.user,
      delivered: 5,
      read: 5,
      receivedOn: [
        { device: tablet.device, at: second },
        { device: bob.device, at: third },
      ],
      readOn: [{ device: bob.device, at: third }],
    });
    expect(items.get(cid.user)).toEqual({
      user: cid.user,
      delivered: 2,
      read: 0,
      receivedOn: [],
      readOn: [],
    });
  });

  test('name every device that has passed, also where another had before', async () => {
    const tablet = await connectAs(app, bob.user);
    const [first, second] = [app.clock.now(), app.clock.now() + 100];
    await read(bob, 5);
    await app.clock.pass(100);
    for (const again of [tablet, bob, tablet]) await read(again, 5);
    await receive(tablet, 4);
    const [item] = await receiptsOf(ann, 3);
    const passed = [
      { device: bob.device, at: first },
      { device: tablet.device, at: second },
    ];
    expect(item?.readOn).toHaveLength(2);
    expect(item).toMatchObject({
      receivedOn: expect.arrayContaining(passed),
      readOn: expect.arrayContaining(passed),
    });
  });

  test('are found where they lie in a later bucket', async () => {
    const high = 4_096 * 3;
    const place = { conversation: group, user: bob.user, device: bob.device, kind: 'read' as const };
    await app.receipts.store({ ...place, seq: high, at: 77 });
    app.keys.wipe();
    const [item] = await receiptsOf(ann, 3);
    expect(item).toMatchObject({ read: high, readOn: [{ device: bob.device, at: 77 }] });
  });

  test('are not told to strangers, and not beyond the head', async () => {
    const eve = await connectAs(app);
    expect(await refusal(receiptsOf(eve))).toMatchObject({ code: 'not-found' });
    expect(await refusal(receiptsOf(ann, 6))).toMatchObject({ code: 'bad-request', pointer: '/seq' });
  });

  test('are those of members: who has never marked anything has none', async () => {
    await read(bob, 3);
    const eve = await connectAs(app);
    const mark = { conversation: group, user: eve.user, device: eve.device, kind: 'read' as const };
    await app.receipts.store({ ...mark, seq: 2, at: 1 });
    app.keys.wipe();
    expect((await receiptsOf(ann)).map(({ user }) => user)).toEqual([bob.user]);
  });

  test('work for two as for many', async () => {
    const { id } = await performed(app, createConversation(app, ann, { kind: 'direct', with: bob.user }));
    await say(ann, id);
    quiet(ann, bob);
    await performed(app, markDelivered(app, bob, asked(2, id)));
    expect(ann.pushed).toMatchObject([{ type: 'receipt', conversation: id, user: bob.user, delivered: 2 }]);
  });
});

test('of a conversation that is not his, nothing is remembered', async () => {
  const owned: ConversationId[] = [];
  const watched: TestApp = {
    ...app,
    receipts: {
      ...app.receipts,
      own: async (conversation, user) => {
        owned.push(conversation);
        return app.receipts.own(conversation, user);
      },
    },
  };
  const dan = await connectAs(app);
  for (const conversation of [group, aConversation()]) {
    const marking = performed(watched, markRead(watched, dan, asked(1, conversation)));
    expect(await refusal(marking)).toMatchObject({ code: 'not-found' });
    expect(await refusal(readConversation(watched, dan, conversation))).toMatchObject({ code: 'not-found' });
  }
  expect(owned).toEqual([]);
});
