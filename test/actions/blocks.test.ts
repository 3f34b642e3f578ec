import { beforeEach, describe, expect, test } from '@jest/globals';
import { block } from '../../lib/actions/blocks/block.ts';
import { listBlocks } from '../../lib/actions/blocks/list.ts';
import { unblock } from '../../lib/actions/blocks/unblock.ts';
import { ping } from '../../lib/actions/connections/ping.ts';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { addMember } from '../../lib/actions/members/add.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { postMessage, sendMessage } from '../../lib/actions/messages/send.ts';
import { readPresence } from '../../lib/actions/presence/read.ts';
import { watchPresence } from '../../lib/actions/presence/watch.ts';
import { sweep } from '../../lib/actions/sweep.ts';
import { blockedBetween } from '../../lib/blocks.ts';
import { directId } from '../../lib/entries/create.ts';
import type { SendMessage } from '../../schema/frames.ts';
import type { ConversationId, Key } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import {
  aGroup,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
  withoutRedis,
} from '../support/app.ts';
import { dyingIn } from '../support/dying.ts';
import { aKey, aUser } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let conversation: ConversationId;
beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
  bob = await connectAs(app);
  conversation = directId(ann.user, bob.user);
});

const send = async (by: Person, more: Partial<SendMessage>, on: TestApp = app) => {
  await app.clock.pass(1_000);
  const frame: SendMessage = { action: 'sendMessage', text: 'hello', type: 'text', ...more };
  return performed(on, sendMessage(on, by, frame));
};
const open = () => send(ann, { to: bob.user });
const isBlocked = async (acting: Promise<unknown>) =>
  expect(await refusal(acting)).toMatchObject({ code: 'blocked' });

describe('a block', () => {
  test('is listed for the one who set it, until it is taken away', async () => {
    expect((await block(app, ann, bob.user)).reply).toEqual({});
    await block(app, ann, bob.user);
    expect((await listBlocks(app, ann)).reply.items).toEqual([{ id: bob.user, name: expect.any(String) }]);
    expect((await listBlocks(app, bob)).reply.items).toEqual([]);
    expect(await blockedBetween(app, bob.user, ann.user)).toBe(true);
    await unblock(app, ann, bob.user);
    await unblock(app, ann, bob.user);
    expect((await listBlocks(app, ann)).reply.items).toEqual([]);
    expect(await blockedBetween(app, bob.user, ann.user)).toBe(false);
  });

  test('is not set on oneself, on nobody, or on too many', async () => {
    expect(await refusal(block(app, ann, ann.user))).toMatchObject({ code: 'bad-request' });
    expect(await refusal(block(app, ann, aUser()))).toMatchObject({ code: 'not-found' });
    for (let i = 0; i < limits.blockedUsers; i++) await app.users.block(ann.user, aUser(), 1);
    expect(await refusal(block(app, ann, bob.user))).toMatchObject({ code: 'too-large' });
  });

  test('forbids opening the direct conversation, by message or by request', async () => {
    await block(app, ann, bob.user);
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      await isBlocked(send(one, { to: other.user }));
      await isBlocked(createConversation(app, one, { kind: 'direct', with: other.user }));
    }
    await unblock(app, ann, bob.user);
    expect(await send(bob, { to: ann.user })).toMatchObject({ type: 'ack', conversation });
  });

  test('that is set while the conversation is being opened holds', async () => {
    const late: TestApp = {
      ...app,
      members: {
        ...app.members,
        create: async (row) => {
          const created = await app.members.create(row);
          await block(app, bob, ann.user);
          return created;
        },
      },
    };
    await performed(late, createConversation(late, ann, { kind: 'direct', with: bob.user })).catch(() => {});
    await isBlocked(send(ann, { to: bob.user }));

    const cid = await connectAs(app);
    const early: TestApp = {
      ...app,
      members: {
        ...app.members,
        add: async (...row) => {
          await block(app, ann, cid.user);
          await app.members.add(...row);
        },
      },
    };
    await isBlocked(createConversation(early, ann, { kind: 'direct', with: cid.user }));
    expect(await app.members.conversation(directId(ann.user, cid.user))).toBeUndefined();
  });

  test('forbids adding the other to a group, at its creation and later', async () => {
    const cid = await connectAs(app);
    await block(app, bob, ann.user);
    const asked = { kind: 'group' as const, title: 'a group', members: [cid.user, bob.user] };
    expect(await refusal(createConversation(app, ann, asked))).toMatchObject({
      code: 'blocked',
      pointer: '/members/1',
    });
    const group = await aGroup(app, ann, cid);
    await isBlocked(addMember(app, ann, group, { user: bob.user, role: 'member' }));
  });
});

describe('presence', () => {
  const watch = (by: Person, other: Person) =>
    performed(app, watchPresence(app, by, { action: 'watchPresence', users: [other.user] }));
  const watching = async (user: Person['user']) =>
    (await app.presence.watchers(user)).flatMap(({ connections }) => connections);
  const hidden = (other: Person) => [{ user: other.user, online: false }];

  test.each(['before', 'after'])(
    'is shown neither way, whether asked for %s the block or not',
    async (when) => {
      if (when === 'before') {
        expect((await watch(ann, bob)).users).toMatchObject([{ online: true }]);
        await watch(bob, ann);
      }
      await block(app, ann, bob.user);
      if (when === 'after') {
        expect((await watch(ann, bob)).users).toEqual(hidden(bob));
        expect((await watch(bob, ann)).users).toEqual(hidden(ann));
      }
      for (const { user } of [ann, bob]) expect(await watching(user)).toEqual([]);
      for (const by of [ann, bob]) {
        expect(await performed(app, ping(app, by, { action: 'ping' }))).not.toHaveProperty('presence');
      }
      const { items } = (await readPresence(app, bob, [ann.user])).reply;
      expect(items).toEqual(hidden(ann));
    },
  );

  test('that was watched while Redis was away is hidden by the sweep', async () => {
    await watch(bob, ann);
    await refusal(block(withoutRedis(app), ann, bob.user));
    await app.clock.pass(6_000);
    await sweep(app);
    expect(await watching(ann.user)).toEqual([]);
  });
});

describe('in a direct conversation that is there', () => {
  beforeEach(open);

  test.each(['the one who blocks', 'the one who is blocked'])('%s cannot write', async (who) => {
    const by = who === 'the one who blocks' ? ann : bob;
    await block(app, ann, bob.user);
    await isBlocked(send(by, { conversation }));
    await isBlocked(postMessage(app, by, conversation, { text: 'hello', type: 'text' }));
    await unblock(app, ann, bob.user);
    expect(await send(by, { conversation })).toMatchObject({ type: 'ack', seq: 3 });
  });

  test('a block by each must be taken away by each', async () => {
    await block(app, ann, bob.user);
    await block(app, bob, ann.user);
    await unblock(app, ann, bob.user);
    await isBlocked(send(ann, { conversation }));
    await unblock(app, bob, ann.user);
    expect(await send(ann, { conversation })).toMatchObject({ seq: 3 });
  });

  test('nothing new is said by a change either, but what is one’s own may be deleted', async () => {
    await block(app, bob, ann.user);
    await app.clock.pass(1_000);
    const target = { conversation, seq: 2 };
    await isBlocked(editMessage(app, ann, { action: 'editMessage', ...target, text: 'and another thing' }));
    await isBlocked(react(app, bob, { action: 'react', ...target, emoji: '👎' }));
    const deleted = deleteMessage(app, ann, { action: 'deleteMessage', ...target });
    expect(await performed(app, deleted)).toMatchObject({ type: 'ack' });
  });

  test('both still read', async () => {
    await block(app, ann, bob.user);
    for (const { user } of [ann, bob]) {
      const { reply } = await readConversation(app, { ...ann, user }, conversation);
      expect(reply).toMatchObject({ role: 'member', head: 2 });
    }
  });

  test('the block holds with Redis wiped, and with Redis away', async () => {
    await block(app, ann, bob.user);
    app.keys.wipe();
    await isBlocked(send(bob, { conversation }));
    await isBlocked(send(bob, { conversation }, withoutRedis(app)));
    await isBlocked(send(bob, { conversation }));
  });

  test('a rebuild that read the members before does not undo it', async () => {
    app.keys.wipe();
    const late: TestApp = {
      ...app,
      conversations: {
        ...app.conversations,
        rebuild: async (rebuilt) => {
          if (!(await blockedBetween(app, ann.user, bob.user))) await block(app, ann, bob.user);
          return app.conversations.rebuild(rebuilt);
        },
      },
    };
    await isBlocked(send(bob, { conversation }, late));
  });

  test('a retry of what was stored before the block gets its ack', async () => {
    const key = aKey() as Key;
    const first = await send(bob, { conversation, key, after: 2 });
    await block(app, ann, bob.user);
    expect(await send(bob, { conversation, key, after: 2 })).toMatchObject({ seq: first.seq });
    await isBlocked(send(bob, { conversation, key: aKey() as Key }));
  });

  test('costs a message nothing: no read of blocks', async () => {
    const asked: string[] = [];
    const counting: TestApp = {
      ...app,
      users: new Proxy(app.users, {
        get: (users, name, self) => {
          asked.push(String(name));
          return Reflect.get(users, name, self);
        },
      }),
    };
    await send(bob, { conversation }, counting);
    expect(asked).toEqual([]);
  });
});

describe('a block that could not be finished', () => {
  beforeEach(open);

  test('with Redis away is unavailable, and the sweep finishes it', async () => {
    expect(await refusal(block(withoutRedis(app), ann, bob.user))).toMatchObject({ code: 'unavailable' });
    await app.clock.pass(6_000);
    await sweep(app);
    await isBlocked(send(bob, { conversation }));
  });

  test('because its handler died is finished by the sweep', async () => {
    const dying = dyingIn(app, 'members', 'standing');
    await expect(block(dying, ann, bob.user)).rejects.toThrow('dead');
    await app.clock.pass(6_000);
    await sweep(app);
    await isBlocked(send(bob, { conversation }));
  });

  test('is looked at again, should Redis fall back to an older state', async () => {
    const before = app.keys.copy();
    await block(app, ann, bob.user);
    app.keys.restore(before);
    await app.clock.pass(6_000);
    await sweep(app);
    await isBlocked(send(bob, { conversation }));
  });

  test('and one that is taken away meanwhile leaves nothing behind', async () => {
    let first = true;
    const late: TestApp = {
      ...app,
      members: {
        ...app.members,
        change: async (...row) => {
          if (first) {
            first = false;
            await unblock(app, ann, bob.user);
          }
          return app.members.change(...row);
        },
      },
    };
    await block(late, ann, bob.user);
    expect(await send(bob, { conversation })).toMatchObject({ type: 'ack' });
  });
});

describe('nobody fills the sweep', () => {
  const notes = async () => {
    const found = [];
    for await (const note of app.unannounced.all()) found.push(note);
    return found;
  };

  test('by unblocking who is not blocked', async () => {
    await unblock(app, ann, bob.user);
    expect(await notes()).toEqual([]);
  });

  test('by blocking who is blocked', async () => {
    await block(app, ann, bob.user);
    await app.clock.pass(1_000);
    await block(app, ann, bob.user);
    expect(await notes()).toHaveLength(1);
  });

  test('by doing both again and again: they count as sends', async () => {
    for (const change of [block, unblock, block, unblock, block]) await change(app, ann, bob.user);
    for (const change of [block, unblock])
      expect(await refusal(change(app, ann, bob.user))).toMatchObject({ code: 'rate-limited' });
  });
});

test.each(['bob', 'ann'])(
  'what was stored before %s blocked the other is told by its retry',
  async (blocking) => {
    await open();
    const retry = { conversation, key: aKey() as Key, after: 2, text: 'just before' };
    const unnoted = dyingIn(withoutRedis(app), 'unannounced', 'note');
    await expect(send(ann, retry, unnoted)).rejects.toThrow('dead');
    expect(await app.messages.at(conversation, 3)).toMatchObject({ text: 'just before' });
    await (blocking === 'ann' ? block(app, ann, bob.user) : block(app, bob, ann.user));
    expect(await send(ann, retry)).toMatchObject({ type: 'ack', seq: 3 });
    expect(bob.pushed.at(-1)).toMatchObject({ seq: 3, text: 'just before' });
    await isBlocked(send(ann, { ...retry, key: aKey() as Key }));
    expect(await app.messages.at(conversation, 4)).toBeUndefined();
  },
);
