import { beforeEach, describe, expect, test } from '@jest/globals';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { listConversations } from '../../lib/actions/conversations/list.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { postMessage } from '../../lib/actions/messages/send.ts';
import { markRead } from '../../lib/actions/receipts/mark.ts';
import { sweepNotes } from '../../lib/actions/sweep/notes.ts';
import type { CreateConversation } from '../../schema/http/conversations.ts';
import type { ConversationId, Key, UserId } from '../../schema/ids.ts';
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
import { aConversation, aKey, aUser } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  app = testApp();
  [ann, bob] = [await connectAs(app), await connectAs(app)];
});

const create = (by: Person, asked: CreateConversation, on = app) =>
  performed(on, createConversation(on, by, asked));
const direct = (other: UserId): CreateConversation => ({ kind: 'direct', with: other });
const group = (members: UserId[], more: { key?: Key; title?: string } = {}): CreateConversation => ({
  kind: 'group',
  title: 'a group',
  members,
  ...more,
});
const logOf = (conversation: ConversationId) =>
  app.messages.range(conversation, { low: 1, high: 1_000, limit: 1_000, order: 'up' });
const say = (by: Person, conversation: ConversationId, text = 'hello') =>
  performed(app, postMessage(app, by, conversation, { type: 'text', text }));
const list = async (by: Person, limit = 50, cursor?: string) =>
  (await listConversations(app, by, { limit, cursor })).reply;

describe('a direct conversation', () => {
  test('is created once and found ever after, from both sides', async () => {
    const first = await createConversation(app, ann, direct(bob.user));
    expect(first.created).toBe(true);
    expect(first.reply).toMatchObject({ kind: 'direct', peer: bob.user, role: 'member', head: 1 });
    const again = await createConversation(app, ann, direct(bob.user));
    const other = await createConversation(app, bob, direct(ann.user));
    expect([again.created, other.created]).toEqual([false, false]);
    expect(again.reply.id).toBe(first.reply.id);
    expect(other.reply).toMatchObject({ id: first.reply.id, peer: ann.user });
  });

  test('is not doubled when six ask at once', async () => {
    const askers = [ann, bob, ann, bob, ann, bob];
    const found = await Promise.all(askers.map((one) => create(one, direct((one === ann ? bob : ann).user))));
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    const id = found[0]?.id as ConversationId;
    expect(await logOf(id)).toHaveLength(1);
    expect((await app.members.of(id)).map(({ user }) => user).sort()).toEqual([ann.user, bob.user].sort());
  });

  test('needs somebody else, who exists', async () => {
    expect(await refusal(create(ann, direct(ann.user)))).toMatchObject({
      code: 'bad-request',
      pointer: '/with',
    });
    expect(await refusal(create(ann, direct(aUser())))).toMatchObject({
      code: 'not-found',
      pointer: '/with',
    });
  });
});

describe('a group', () => {
  test('begins with its members, the creator among them as owner', async () => {
    const { id, ...created } = await create(ann, group([bob.user]));
    expect(created).toMatchObject({ kind: 'group', title: 'a group', role: 'owner', head: 1 });
    expect(await logOf(id)).toMatchObject([
      {
        type: 'conversation.created',
        seq: 1,
        from: ann.user,
        title: 'a group',
        members: [ann.user, bob.user].sort(),
      },
    ]);
    for (const person of [ann, bob])
      expect(person.pushed).toMatchObject([{ type: 'conversation.created', seq: 1 }]);
  });

  test('is the same group for the same key, and another without', async () => {
    const asked = group([bob.user], { key: aKey() as Key });
    const first = await create(ann, asked);
    expect((await create(ann, asked)).id).toBe(first.id);
    expect((await create(ann, group([bob.user]))).id).not.toBe(first.id);
    expect((await create(bob, { ...asked, members: [ann.user] } as CreateConversation)).id).not.toBe(
      first.id,
    );
    expect(bob.pushed.filter(({ conversation }) => conversation === first.id)).toHaveLength(1);
  });

  test('is not changed by another request with its key', async () => {
    const key = aKey() as Key;
    await create(ann, group([bob.user], { key }));
    const cid = await connectAs(app);
    const refused = await refusal(create(ann, group([bob.user, cid.user], { key })));
    expect(refused).toMatchObject({ code: 'bad-request', pointer: '/key' });
  });

  test('names the member who does not exist', async () => {
    const refused = await refusal(create(ann, group([bob.user, aUser()])));
    expect(refused).toMatchObject({ code: 'not-found', pointer: '/members/1' });
    const beside = await refusal(create(ann, group([ann.user, bob.user, bob.user, aUser()])));
    expect(beside).toMatchObject({ code: 'not-found', pointer: '/members/3' });
  });

  test('stops at the limit of groups, of the creator and of everybody', async () => {
    const [full, busy] = [await connectAs(app), await connectAs(app)];
    const crowd = async (person: Person, groups: number) => {
      for (let i = 0; i < groups; i++)
        await app.members.add(aConversation(), { user: person.user, role: 'member', version: 1 }, undefined);
    };
    await crowd(full, limits.groupsPerUser);
    await crowd(busy, limits.groupsPerUser - 1);
    const tooMany = await refusal(create(full, group([])));
    expect(tooMany).toMatchObject({ code: 'too-large', pointer: undefined });
    expect(await refusal(create(ann, group([bob.user, full.user])))).toMatchObject({
      code: 'too-large',
      pointer: '/members/1',
    });
    expect(await app.members.conversationsOf(ann.user)).toEqual([]);
    const asked = group([busy.user], { key: aKey() as Key });
    const { id } = await create(ann, asked);
    expect((await create(ann, asked)).id).toBe(id);
    await create(full, direct(ann.user));
  });

  test('counts towards the limit of sends', async () => {
    for (let n = 0; n < 5; n++) await create(ann, group([]));
    expect(await refusal(create(ann, group([])))).toMatchObject({ code: 'rate-limited' });
    await create(bob, group([]));
  });

  test('counts a member once', async () => {
    const { id } = await create(ann, group([bob.user, bob.user, ann.user]));
    expect(await app.members.of(id)).toHaveLength(2);
  });
});

describe('a creation that died half-way', () => {
  const asked = () => group([bob.user], { key: 'the-key-of-the-group' as Key });

  test.each(['add', 'create'] as const)('at `%s` is completed by the same request', async (step) => {
    const dying = dyingIn(app, 'members', step);
    const request = asked();
    await expect(create(ann, request, dying)).rejects.toThrow('dead');
    expect((await list(ann)).items).toEqual([]);
    const { id } = await create(ann, request);
    expect(await logOf(id)).toHaveLength(1);
    expect(bob.pushed).toHaveLength(1);
  });

  test('lets nobody in whom another request with its key asked for', async () => {
    const carl = await connectAs(app);
    const dying = dyingIn(app, 'members', 'create');
    await expect(create(ann, asked(), dying)).rejects.toThrow('dead');
    const other = group([carl.user], { key: 'the-key-of-the-group' as Key });
    expect(await refusal(create(ann, other))).toMatchObject({ code: 'bad-request', pointer: '/key' });
    for (const person of [ann, bob, carl]) expect((await list(person)).items).toEqual([]);
  });

  test('before entry 1 is completed by the sweep', async () => {
    const dying = dyingIn(app, 'messages', 'append');
    await expect(create(ann, asked(), dying)).rejects.toThrow('dead');
    expect(await sweepNotes(app)).toEqual({ announced: 0 });
    await app.clock.pass(6_000);
    expect(await sweepNotes(app)).toEqual({ announced: 1 });
    expect(bob.pushed).toMatchObject([{ type: 'conversation.created', seq: 1 }]);
    expect((await list(bob)).items).toMatchObject([{ head: 1 }]);
    expect(await sweepNotes(app)).toEqual({ announced: 0 });
  });

  test('before entry 1 is completed by whoever writes', async () => {
    const dying = dyingIn(app, 'messages', 'append');
    await expect(create(ann, direct(bob.user), dying)).rejects.toThrow('dead');
    const { id } = await create(bob, direct(ann.user));
    expect(await say(bob, id)).toMatchObject({ seq: 2 });
    expect(await logOf(id)).toMatchObject([
      { type: 'conversation.created', from: ann.user },
      { type: 'message.new' },
    ]);
  });
});

describe('the list of conversations', () => {
  test('is empty for who has none', async () => {
    expect(await list(await connectAs(app))).toEqual({ items: [] });
  });

  test('has the newest activity first, with the last message', async () => {
    const groups = [];
    for (let i = 0; i < 3; i++) groups.push(await aGroup(app, ann, bob));
    await app.clock.pass(10);
    await say(bob, groups[0] as ConversationId, 'newest');
    const { items } = await list(ann);
    expect(items[0]).toMatchObject({
      id: groups[0],
      head: 2,
      lastMessage: { text: 'newest', from: bob.user },
    });
    expect(items.map(({ id }) => id).sort()).toEqual([...groups].sort());
    expect(items[1]).not.toHaveProperty('lastMessage');
  });

  test('names the other one of a direct conversation', async () => {
    const { id } = await create(ann, direct(bob.user));
    expect((await list(ann)).items).toMatchObject([{ id, kind: 'direct', peer: bob.user }]);
    expect((await list(bob)).items).toMatchObject([{ id, kind: 'direct', peer: ann.user }]);
  });

  const readOldest = async (groups: ConversationId[]) => {
    await app.clock.pass(5_000_000);
    const again = await connectAs(app, bob.user);
    for (const conversation of groups.slice(4))
      await performed(app, markRead(app, again, { conversation, seq: 2 }));
  };

  test.each([
    ['with what Redis remembers', 1_001, async () => {}],
    ['with Redis wiped', 1_001, async () => app.keys.wipe()],
    ['where days lie between', 100_000_000, async () => {}],
    ['after the oldest were read', 1_001, readOldest],
    ['after the oldest of days ago were read', 5_000_000, readOldest],
  ])('is paged without a double or a hole, %s', async (_how, betweenMs, happen) => {
    const groups: { id: ConversationId; activeAt: number }[] = [];
    for (let i = 0; i < 7; i++) {
      const id = await aGroup(app, ann, bob);
      await app.clock.pass(betweenMs);
      await say(bob, id, `message ${i}`);
      groups.unshift({ id, activeAt: app.clock.now() });
    }
    await happen(groups.map(({ id }) => id));
    const seen: object[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await list(ann, 3, cursor);
      seen.push(...items.map(({ id, activeAt }) => ({ id, activeAt })));
      cursor = next;
    } while (cursor);
    expect(seen).toEqual(groups);
  });

  test('does not open with the cursor of somebody else', async () => {
    for (let i = 0; i < 2; i++) await aGroup(app, ann, bob);
    const { next } = await list(ann, 1);
    expect(next).toBeDefined();
    expect(await refusal(list(bob, 1, next))).toMatchObject({ code: 'bad-request', pointer: '/cursor' });
    expect(await refusal(list(ann, 1, 'forged'))).toMatchObject({ code: 'bad-request', pointer: '/cursor' });
  });

  test('is served with Redis away', async () => {
    const id = await aGroup(app, ann, bob);
    await say(bob, id, 'stored');
    const cold = withoutRedis(app);
    const { reply } = await listConversations(cold, ann, { limit: 50, cursor: undefined });
    expect(reply.items).toMatchObject([{ id, head: 2, lastMessage: { text: 'stored' } }]);
  });
});

describe('one conversation', () => {
  test('is shown to its members only', async () => {
    const id = await aGroup(app, ann, bob);
    expect((await readConversation(app, bob, id)).reply).toMatchObject({ id, kind: 'group', role: 'member' });
    const eve = await connectAs(app);
    expect(await refusal(readConversation(app, eve, id))).toMatchObject({ code: 'not-found' });
    expect(await refusal(readConversation(app, ann, aConversation()))).toMatchObject({ code: 'not-found' });
  });

  test('of two names the other one', async () => {
    const { id } = await create(ann, direct(bob.user));
    expect((await readConversation(app, ann, id)).reply).toMatchObject({ peer: bob.user });
  });
});
