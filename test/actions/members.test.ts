import { beforeEach, describe, expect, test } from '@jest/globals';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { listConversations } from '../../lib/actions/conversations/list.ts';
import { readConversation } from '../../lib/actions/conversations/read.ts';
import { renameConversation } from '../../lib/actions/conversations/rename.ts';
import { addMember } from '../../lib/actions/members/add.ts';
import { changeMember } from '../../lib/actions/members/change.ts';
import { join } from '../../lib/actions/members/join.ts';
import { leave } from '../../lib/actions/members/leave.ts';
import { listMembers } from '../../lib/actions/members/list.ts';
import { removeMember } from '../../lib/actions/members/remove.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { readMessages } from '../../lib/actions/messages/read.ts';
import { postMessage, sendMessage } from '../../lib/actions/messages/send.ts';
import { sweepNotes } from '../../lib/actions/sweep/notes.ts';
import type { Note } from '../../lib/unannounced/port.ts';
import type { Entry, Role } from '../../schema/entries.ts';
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
import { dyingAt, survived } from '../support/dying.ts';
import { aConversation, aKey, aUser } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let bob: Person;
let cid: Person;
let group: ConversationId;

const key = () => aKey() as Key;
type Retry = { key?: Key; after?: number; id?: string };

const say = async (from: Person, on = app) =>
  (await performed(on, postMessage(on, from, group, { type: 'text', text: 'hello' }))).seq;
const add = (by: Person, whom: Person, role: Role = 'member', more: Retry = {}, on = app) =>
  performed(on, addMember(on, by, group, { user: whom.user, role, ...more }));
const remove = (by: Person, whom: Person, more: Retry = {}, on = app) =>
  performed(on, removeMember(on, by, group, whom.user, more));
const give = (by: Person, whom: Person, role: Role, more: Retry = {}, on = app) =>
  performed(on, changeMember(on, by, group, whom.user, { role, ...more }));
const rename = (by: Person, title: string, more: Retry = {}, on = app) =>
  performed(on, renameConversation(on, by, group, { title, ...more }));
const enterRoom = (by: Person, more: Retry = {}, on = app) =>
  performed(on, join(on, by, { action: 'join', conversation: group, ...more }));
const go = (by: Person, more: Retry = {}, on = app) =>
  performed(on, leave(on, by, { action: 'leave', conversation: group, ...more }));
const list = async (as: Person) =>
  (await listMembers(app, as, group, { limit: 100, cursor: undefined })).reply.items;

const logOf = () => app.messages.range(group, { low: 1, high: 1_000, limit: 1_000, order: 'up' });
const entriesBy = async (given: string) => (await logOf()).filter((entry) => entry.key === given);
const read = async (as: Person) => (await readMessages(app, as, group, { limit: 100 })).reply.items;
const stateOf = async ({ user }: Person) => (await app.members.standing(group, user))?.state;
const roleOf = async ({ user }: Person) => (await app.members.member(group, user))?.role;
const belongs = async ({ user }: Person) =>
  (await app.members.conversationsOf(user)).some(({ conversation }) => conversation === group);
const pushes = ({ pushed }: Person, type: Entry['type']) => pushed.filter((frame) => frame.type === type);
const notes = async () => {
  const all: Note[] = [];
  for await (const note of app.unannounced.all()) all.push(note);
  return all;
};
const forgetPushes = (...people: Person[]) => {
  for (const person of people) person.pushed.length = 0;
};
const aRoom = async (creator: Person) => {
  const asked = { kind: 'room' as const, title: 'a room' };
  group = (await performed(app, createConversation(app, creator, asked))).id;
  forgetPushes(creator);
};

beforeEach(async () => {
  app = testApp();
  app.policy.sendWindow = () => ({ count: 1_000, windowMs: 1_000 });
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

describe('adding', () => {
  test('lets in, tells everybody, and the new one too', async () => {
    const given = key();
    const stored = await add(ann, cid, 'member', { key: given, after: 1 });
    expect(stored).toMatchObject({ key: given, conversation: group, seq: 2 });
    const entry = {
      type: 'member.joined',
      seq: 2,
      from: ann.user,
      user: cid.user,
      role: 'member',
      version: 2,
    };
    expect(await app.messages.at(group, 2)).toMatchObject(entry);
    for (const person of [ann, bob, cid]) expect(person.pushed).toMatchObject([entry]);
    expect(await stateOf(cid)).toBe('in');
    expect(await belongs(cid)).toBe(true);
    expect(await say(cid)).toBe(3);
    expect(await read(cid)).toHaveLength(3);
    expect(await notes()).toEqual([]);
  });

  test('puts the conversation at the top of the list of the new one', async () => {
    await add(ann, cid);
    const { items } = (await listConversations(app, cid, { limit: 10, cursor: undefined })).reply;
    expect(items.map(({ id }) => id)).toEqual([group]);
    const [belonging] = await app.members.conversationsOf(cid.user);
    expect(belonging?.activeAt).toBe((await app.messages.at(group, 2))?.ts);
  });

  test('again, whom was removed, makes a higher version', async () => {
    await add(ann, cid);
    await remove(ann, cid);
    await add(ann, cid, 'admin');
    const versions = (await logOf()).flatMap((entry) => ('user' in entry ? [entry.version] : []));
    expect(versions).toEqual([2, 4, 6]);
    expect(await roleOf(cid)).toBe('admin');
    expect(await say(cid)).toBe(5);
  });

  test('needs a user, and one who is no member', async () => {
    const nobody = { ...cid, user: aUser() };
    expect(await refusal(add(ann, nobody))).toMatchObject({ code: 'not-found', pointer: '/user' });
    expect(await refusal(add(ann, bob))).toMatchObject({ code: 'conflict' });
    expect(await logOf()).toHaveLength(1);
  });

  test('stops at the limit of members', async () => {
    for (let i = 2; i < limits.members; i++) {
      await app.members.add(group, { user: aUser(), role: 'member', version: 1 }, undefined);
    }
    expect(await refusal(add(ann, cid))).toMatchObject({ code: 'too-large' });
  });

  test('stops at the limit of groups; direct conversations do not count', async () => {
    for (let i = 1; i < limits.groupsPerUser; i++) {
      await app.members.add(aConversation(), { user: cid.user, role: 'member', version: 1 }, undefined);
    }
    await app.members.add(aConversation(), { user: cid.user, role: 'member', version: 1 }, aUser());
    await add(ann, cid);
    await remove(ann, cid);
    await app.members.add(aConversation(), { user: cid.user, role: 'member', version: 1 }, undefined);
    expect(await refusal(add(ann, cid))).toMatchObject({ code: 'too-large' });
  });
});

describe('removing', () => {
  beforeEach(async () => {
    await add(ann, cid);
    await say(cid);
    forgetPushes(ann, bob, cid);
  });

  test('puts out, and tells everybody and the one removed', async () => {
    const { seq } = await remove(ann, cid);
    const entry = { type: 'member.left', seq, from: ann.user, user: cid.user, version: 4 };
    for (const person of [ann, bob, cid]) expect(person.pushed).toMatchObject([entry]);
    expect(await stateOf(cid)).toBe('out');
    expect(await belongs(cid)).toBe(false);
    expect(await notes()).toEqual([]);
  });

  test('ends everything for the one removed, with Redis and without', async () => {
    await remove(ann, cid);
    forgetPushes(cid);
    await say(bob);
    expect(cid.pushed).toEqual([]);
    const target = { conversation: group, seq: 3 };
    for (const on of [app, withoutRedis(app)]) {
      const attempts = [
        () => say(cid, on),
        () => performed(on, editMessage(on, cid, { action: 'editMessage', text: 'x', ...target })),
        () => performed(on, deleteMessage(on, cid, { action: 'deleteMessage', ...target })),
        () => performed(on, react(on, cid, { action: 'react', emoji: '👍', ...target })),
        () => readMessages(on, cid, group, { limit: 10 }),
        () => readConversation(on, cid, group),
        () => listMembers(on, cid, group, { limit: 10, cursor: undefined }),
        () => rename(cid, 'mine', {}, on),
        () => add(cid, cid, 'member', {}, on),
        () => remove(cid, bob, {}, on),
        () => remove(cid, cid, {}, on),
        () => give(cid, bob, 'admin', {}, on),
        () => go(cid, {}, on),
        () => enterRoom(cid, {}, on),
      ];
      for (const attempt of attempts) expect(await refusal(attempt())).toMatchObject({ code: 'not-found' });
    }
    expect((await logOf()).map(({ type }) => type).slice(3)).toEqual(['member.left', 'message.new']);
  });

  test('needs a member', async () => {
    await remove(ann, cid);
    expect(await refusal(remove(ann, cid))).toMatchObject({ code: 'conflict' });
    expect(await refusal(remove(ann, { ...cid, user: aUser() }))).toMatchObject({ code: 'conflict' });
  });

  test('is before whatever a slow sender has yet to store', async () => {
    let gone = false;
    const messages: TestApp['messages'] = {
      ...app.messages,
      append: async (entry) => {
        if (!gone) {
          gone = true;
          await remove(ann, cid);
          forgetPushes(cid);
        }
        return app.messages.append(entry);
      },
    };
    const seq = await say(bob, { ...app, messages });
    expect(cid.pushed).toEqual([]);
    expect(await app.messages.at(group, seq)).toMatchObject({ type: 'message.new' });
    expect((await app.connections.mark(bob.user, group)).connections).toHaveLength(1);
  });

  test('refuses what the one removed had begun to send', async () => {
    let gone = false;
    const messages: TestApp['messages'] = {
      ...app.messages,
      append: async (entry) => {
        if (!gone) {
          gone = true;
          await remove(ann, cid);
        }
        return app.messages.append(entry);
      },
    };
    expect(await refusal(say(cid, { ...app, messages }))).toMatchObject({ code: 'not-found' });
    expect((await logOf()).at(-1)).toMatchObject({ type: 'member.left' });
  });

  test('a key that means something else tells the one named nothing of it', async () => {
    const given = key();
    await performed(
      app,
      postMessage(app, ann, group, { type: 'text', text: 'a secret', key: given, after: 3 }),
    );
    await remove(ann, cid);
    forgetPushes(cid);
    await add(ann, cid, 'member', { key: given, after: 3 });
    expect(cid.pushed).toEqual([]);
    expect(await stateOf(cid)).toBe('out');
  });
});

describe('who may', () => {
  let [owner, admin, member, other]: Person[] = [];
  const people = () => ({ owner, admin, member }) as Record<Role, Person>;

  beforeEach(async () => {
    [owner, admin, member] = [ann, bob, cid];
    other = await connectAs(app);
    await give(ann, bob, 'admin');
    await add(ann, cid);
  });

  const cases: [string, Role, boolean, (by: Person) => Promise<unknown>][] = [
    ['add a member', 'owner', true, (by) => add(by, other as Person)],
    ['add a member', 'admin', true, (by) => add(by, other as Person)],
    ['add a member', 'member', false, (by) => add(by, other as Person)],
    ['add an admin', 'admin', true, (by) => add(by, other as Person, 'admin')],
    ['add an owner', 'admin', false, (by) => add(by, other as Person, 'owner')],
    ['add an owner', 'owner', true, (by) => add(by, other as Person, 'owner')],
    ['remove a member', 'owner', true, (by) => remove(by, member as Person)],
    ['remove a member', 'admin', true, (by) => remove(by, member as Person)],
    ['remove an admin', 'owner', true, (by) => remove(by, admin as Person)],
    ['remove an admin', 'member', false, (by) => remove(by, admin as Person)],
    ['remove an owner', 'admin', false, (by) => remove(by, owner as Person)],
    ['remove an owner', 'member', false, (by) => remove(by, owner as Person)],
    ['change a role', 'owner', true, (by) => give(by, member as Person, 'admin')],
    ['change a role', 'admin', false, (by) => give(by, member as Person, 'admin')],
    ['change a role', 'member', false, (by) => give(by, member as Person, 'admin')],
    ['rename', 'owner', true, (by) => rename(by, 'another')],
    ['rename', 'admin', true, (by) => rename(by, 'another')],
    ['rename', 'member', false, (by) => rename(by, 'another')],
    ['leave', 'owner', true, (by) => go(by)],
    ['leave', 'admin', true, (by) => go(by)],
    ['leave', 'member', true, (by) => go(by)],
  ];

  test.each(cases)('%s as %s: %s', async (_what, role, may, act) => {
    const head = (await logOf()).length;
    if (may) {
      await act(people()[role]);
      expect((await logOf()).length).toBeGreaterThan(head);
    } else {
      expect(await refusal(act(people()[role]))).toMatchObject({ code: 'forbidden' });
      expect(await logOf()).toHaveLength(head);
      expect(await notes()).toEqual([]);
    }
  });

  test('an admin does not remove another admin', async () => {
    await give(ann, cid, 'admin');
    expect(await refusal(remove(bob, cid))).toMatchObject({ code: 'forbidden' });
  });

  test('a change of a role is an entry, and needs one', async () => {
    const { seq } = await give(ann, cid, 'admin');
    expect(await app.messages.at(group, seq)).toMatchObject({
      type: 'member.changed',
      from: ann.user,
      user: cid.user,
      role: 'admin',
      version: 3,
    });
    expect(pushes(cid, 'member.changed').at(-1)).toMatchObject({ role: 'admin', user: cid.user });
    expect(await refusal(give(ann, cid, 'admin'))).toMatchObject({ code: 'conflict' });
    expect(await refusal(give(ann, other as Person, 'admin'))).toMatchObject({ code: 'conflict' });
  });

  test('the last owner stays one, until there is another', async () => {
    expect(await refusal(give(ann, ann, 'member'))).toMatchObject({ code: 'forbidden' });
    await give(ann, bob, 'owner');
    await give(ann, ann, 'member');
    expect(await roleOf(ann)).toBe('member');
  });

  test('a direct conversation has its two for ever', async () => {
    const { id } = await performed(app, createConversation(app, ann, { kind: 'direct', with: bob.user }));
    group = id;
    for (const act of [
      () => add(ann, cid),
      () => remove(ann, bob),
      () => remove(ann, ann),
      () => give(ann, bob, 'owner'),
      () => rename(ann, 'us'),
      () => go(ann),
    ]) {
      expect(await refusal(act())).toMatchObject({ code: 'forbidden' });
    }
    expect(await refusal(enterRoom(ann))).toMatchObject({ code: 'conflict' });
    expect(await refusal(enterRoom(cid))).toMatchObject({ code: 'not-found' });
    expect(await refusal(go(cid))).toMatchObject({ code: 'not-found' });
  });

  test('strangers meet nothing', async () => {
    const eve = other as Person;
    for (const act of [
      () => add(eve, eve),
      () => remove(eve, bob),
      () => remove(eve, eve),
      () => give(eve, bob, 'owner'),
      () => rename(eve, 'mine'),
      () => go(eve),
      () => enterRoom(eve),
      () => enterRoom(eve, { key: key(), after: 1_000 }),
      () => listMembers(app, eve, group, { limit: 10, cursor: undefined }),
    ]) {
      expect(await refusal(act())).toMatchObject({ code: 'not-found' });
    }
    group = aConversation();
    for (const act of [() => add(ann, cid), () => go(ann), () => enterRoom(ann), () => rename(ann, 'x')]) {
      expect(await refusal(act())).toMatchObject({ code: 'not-found' });
    }
  });
});

describe('leaving', () => {
  test('is acknowledged, and reaches the others and the own other devices', async () => {
    await add(ann, cid);
    const phone = await connectAs(app, cid.user);
    forgetPushes(ann, bob, cid);
    const ack = await go(cid, { id: 'q' });
    expect(ack).toMatchObject({ type: 'ack', id: 'q', conversation: group, seq: 3 });
    expect(cid.pushed).toEqual([]);
    for (const person of [ann, bob, phone]) {
      expect(person.pushed).toMatchObject([{ type: 'member.left', from: cid.user, user: cid.user }]);
    }
    expect(await refusal(read(cid))).toMatchObject({ code: 'not-found' });
  });

  test('the last owner hands over to an admin before', async () => {
    await add(ann, cid, 'admin');
    await go(ann);
    expect((await logOf()).slice(2)).toMatchObject([
      { type: 'member.changed', from: ann.user, user: cid.user, role: 'owner' },
      { type: 'member.left', from: ann.user, user: ann.user },
    ]);
    expect(await roleOf(cid)).toBe('owner');
    expect(pushes(bob, 'member.changed')).toHaveLength(1);
    expect(await notes()).toEqual([]);
  });

  test('or to a member; over HTTP too, and by the same request only once', async () => {
    const retry = { key: key(), after: 1 };
    const first = await remove(ann, ann, retry);
    expect(await roleOf(bob)).toBe('owner');
    app.keys.wipe();
    expect(await remove(ann, ann, retry)).toMatchObject({ seq: first.seq });
    expect(await logOf()).toHaveLength(3);
  });

  test.each([
    ['demote', (by: Person, whom: Person, on = app) => give(by, whom, 'member', {}, on)],
    ['remove', (by: Person, whom: Person, on = app) => remove(by, whom, {}, on)],
  ])('two owners who %s each other at once leave one', async (_how, act) => {
    await add(ann, cid, 'admin');
    await give(ann, bob, 'owner');
    await Promise.all([act(ann, bob), act(bob, ann)]);
    const owners = async () => (await app.members.of(group)).filter(({ role }) => role === 'owner');
    expect((await owners()).map(({ user }) => user)).toEqual([cid.user]);
    const crowned = (await logOf()).filter((one) => 'user' in one && one.user === cid.user);
    expect(crowned).toMatchObject([{ type: 'member.joined' }, { type: 'member.changed', role: 'owner' }]);
    expect(pushes(cid, 'member.changed')).toContainEqual(expect.objectContaining({ user: cid.user }));
  });

  test('nor does it matter where the two die after it: the sweep sees to it', async () => {
    for (let step = 8; ; step++) {
      app = testApp();
      [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
      group = await aGroup(app, ann, bob, cid);
      await give(ann, bob, 'owner');
      const both = [dyingAt(app, step, 'before'), dyingAt(app, step, 'before')] as const;
      const lived = await Promise.all([
        survived(give(ann, bob, 'member', {}, both[0])),
        survived(give(bob, ann, 'member', {}, both[1])),
      ]);
      await app.clock.pass(6_000);
      await sweepNotes(app);
      expect((await app.members.of(group)).some(({ role }) => role === 'owner')).toBe(true);
      if (lived.every(Boolean)) break;
    }
  });

  test('a retry hands over to another where the heir has gone meanwhile', async () => {
    const retry = { key: key(), after: 1 };
    for (let step = 1; (await roleOf(bob)) !== 'owner'; step++)
      await survived(go(ann, retry, dyingAt(app, step, 'after')));
    await add(ann, cid);
    await go(bob);
    await go(ann, retry);
    expect(await roleOf(cid)).toBe('owner');
    expect((await logOf()).slice(-2)).toMatchObject([
      { type: 'member.changed', from: ann.user, user: cid.user, role: 'owner' },
      { type: 'member.left', user: ann.user },
    ]);
  });

  test('nobody becomes an owner of a direct conversation, whatever a key leads to', async () => {
    const frame = { action: 'sendMessage' as const, type: 'text', to: bob.user, text: 'hi', key: key() };
    const { conversation } = (await performed(app, sendMessage(app, ann, frame))) as {
      conversation: ConversationId;
    };
    await performed(app, join(app, ann, { action: 'join', conversation, key: frame.key })).catch(() => {});
    expect((await app.members.of(conversation)).map(({ role }) => role)).toEqual(['member', 'member']);
  });

  test('an owner beside another hands over nothing', async () => {
    await give(ann, bob, 'owner');
    await add(ann, cid);
    await go(ann);
    expect((await logOf()).at(-1)).toMatchObject({ type: 'member.left' });
    expect(await roleOf(cid)).toBe('member');
  });

  test('the last of all leaves nobody, and who comes next owns it', async () => {
    await aRoom(ann);
    await go(ann);
    expect(await app.members.of(group)).toEqual([]);
    const again = key();
    for (let i = 0; i < 2; i++) expect(await enterRoom(bob, { key: again })).toMatchObject({ seq: 3 });
    expect(await roleOf(bob)).toBe('owner');
    expect((await logOf()).slice(-2)).toMatchObject([
      { type: 'member.joined', user: bob.user, role: 'member' },
      { type: 'member.changed', user: bob.user, role: 'owner' },
    ]);
    await enterRoom(cid);
    expect(await roleOf(cid)).toBe('member');
  });
});

describe('a room', () => {
  beforeEach(async () => aRoom(ann));

  test('is joined by anyone', async () => {
    const phone = await connectAs(app, bob.user);
    const ack = await enterRoom(bob, { id: 'q' });
    expect(ack).toMatchObject({ type: 'ack', id: 'q', conversation: group, seq: 2 });
    const entry = { type: 'member.joined', from: bob.user, user: bob.user, role: 'member', version: 2 };
    for (const person of [ann, phone]) expect(person.pushed).toMatchObject([entry]);
    expect(bob.pushed).toEqual([]);
    expect(await read(bob)).toHaveLength(2);
    expect(await refusal(enterRoom(bob))).toMatchObject({ code: 'conflict' });
  });

  test('is not read by who has not joined', async () => {
    expect(await refusal(read(bob))).toMatchObject({ code: 'not-found' });
    expect(await refusal(say(bob))).toMatchObject({ code: 'not-found' });
  });

  test('is joined while another joins', async () => {
    let first = true;
    const members: TestApp['members'] = {
      ...app.members,
      standing: async (...asked) => {
        const row = await app.members.standing(...asked);
        if (first) await enterRoom(cid);
        first = false;
        return row;
      },
    };
    expect(await enterRoom(bob, {}, { ...app, members })).toMatchObject({ seq: 3 });
    expect(await app.members.of(group)).toHaveLength(3);
  });

  test('many join at once, each once', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => connectAs(app)));
    const acks = await Promise.all(people.map((person) => enterRoom(person)));
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(8);
    expect(await app.members.of(group)).toHaveLength(9);
    for (const person of people) expect(await read(person)).toHaveLength(9);
  });
});

describe('renaming', () => {
  test('is an entry that everybody gets, and shows at once', async () => {
    const { seq } = await rename(ann, 'another name');
    const entry = { type: 'conversation.updated', seq, from: ann.user, title: 'another name', version: 2 };
    expect(bob.pushed).toMatchObject([entry]);
    expect((await readConversation(app, bob, group)).reply).toMatchObject({ title: 'another name' });
    expect(await read(bob)).toMatchObject([entry, { type: 'conversation.created', title: 'a group' }]);
    expect(await notes()).toEqual([]);
  });

  test('two at once end with the title of the higher version', async () => {
    await Promise.all([rename(ann, 'one'), rename(ann, 'two')]);
    const updates = (await logOf()).flatMap((entry) =>
      entry.type === 'conversation.updated' ? [entry] : [],
    );
    const highest = updates.toSorted((a, b) => a.version - b.version).at(-1);
    expect(updates.map(({ version }) => version).sort()).toEqual([2, 3]);
    expect((await readConversation(app, bob, group)).reply.title).toBe(highest?.title);
  });
});

describe('the members', () => {
  test('are listed by id, with names, page by page', async () => {
    await add(ann, cid, 'admin');
    const all = await list(bob);
    expect(all.map(({ user }) => user)).toEqual([ann.user, bob.user, cid.user].sort());
    expect(all).toContainEqual({ user: cid.user, name: `name of ${cid.user}`, role: 'admin' });
    const first = (await listMembers(app, bob, group, { limit: 2, cursor: undefined })).reply;
    const second = (await listMembers(app, bob, group, { limit: 2, cursor: first.next })).reply;
    expect([...first.items, ...second.items]).toEqual(all);
    expect(second).not.toHaveProperty('next');
  });
});

type Act = (more: Retry, on?: TestApp) => Promise<{ seq: number }>;
type Change = {
  what: string;
  prepare?: () => Promise<unknown>;
  act: Act;
  /** How the truth shows that it is done. */
  isDone: () => Promise<boolean>;
  /** Who is no member any more, or not yet, while it is under way. */
  outside?: () => Person;
};

const changes: Change[] = [
  {
    what: 'an addition',
    act: (more, on) => add(ann, cid, 'member', more, on),
    isDone: async () => (await stateOf(cid)) === 'in',
    outside: () => cid,
  },
  {
    what: 'a removal',
    prepare: () => add(ann, cid),
    act: (more, on) => remove(ann, cid, more, on),
    isDone: async () => (await stateOf(cid)) === 'out',
    outside: () => cid,
  },
  {
    what: 'a leaving',
    prepare: () => add(ann, cid),
    act: (more, on) => go(cid, more, on),
    isDone: async () => (await stateOf(cid)) === 'out',
    outside: () => cid,
  },
  {
    what: 'a joining',
    prepare: () => aRoom(ann),
    act: (more, on) => enterRoom(bob, more, on),
    isDone: async () => (await stateOf(bob)) === 'in',
    outside: () => bob,
  },
  {
    what: 'a change of a role',
    act: (more, on) => give(ann, bob, 'admin', more, on),
    isDone: async () => (await roleOf(bob)) === 'admin',
  },
  {
    what: 'a renaming',
    act: (more, on) => rename(ann, 'another', more, on),
    isDone: async () => (await app.members.conversation(group))?.title === 'another',
  },
];

describe.each(changes)('$what', ({ what, prepare = async () => {}, act, isDone, outside }) => {
  const head = async () => (await logOf()).length;
  const retryNow = async () => ({ key: key(), after: await head() });
  beforeEach(async () => {
    await prepare();
  });

  test('that is repeated is the same entry, also when Redis forgot', async () => {
    const retry = await retryNow();
    const first = await act(retry);
    expect(await act(retry)).toMatchObject({ seq: first.seq });
    app.keys.wipe();
    expect(await act(retry)).toMatchObject({ seq: first.seq });
    expect(await act({ key: retry.key })).toMatchObject({ seq: first.seq });
    expect(await entriesBy(retry.key)).toHaveLength(1);
    expect(await isDone()).toBe(true);
    expect(await notes()).toEqual([]);
  });

  test('three times at once is one entry', async () => {
    const retry = await retryNow();
    const answers = await Promise.all([1, 2, 3].map(() => act(retry)));
    expect(new Set(answers.map(({ seq }) => seq)).size).toBe(1);
    expect(await entriesBy(retry.key)).toHaveLength(1);
    expect(await isDone()).toBe(true);
  });

  test('with `after` beyond the last entry, or too far below it, is refused', async () => {
    const beyond = { key: key(), after: (await head()) + 1 };
    expect(await refusal(act(beyond))).toMatchObject({ code: 'bad-request', pointer: '/after' });
    expect(await isDone()).toBe(false);
  });

  if (what !== 'a renaming') {
    test('with Redis away is `unavailable`, and changes nothing', async () => {
      const cold = withoutRedis(app);
      const retry = await retryNow();
      expect(await refusal(act(retry, cold))).toMatchObject({ code: 'unavailable' });
      expect(await isDone()).toBe(false);
      expect(await entriesBy(retry.key)).toEqual([]);
      await app.clock.pass(6_000);
      await sweepNotes(app);
      expect(await notes()).toEqual([]);
      expect(await isDone()).toBe(false);
      await act(retry);
      expect(await isDone()).toBe(true);
    });

    test('with Redis lost half-way is finished, and told by the sweep', async () => {
      const retry = await retryNow();
      const lost: TestApp = {
        ...app,
        conversations: { ...app.conversations, finish: withoutRedis(app).conversations.finish },
        connections: { ...app.connections, mark: withoutRedis(app).connections.mark },
      };
      forgetPushes(ann, bob, cid);
      const { seq } = await act(retry, lost);
      expect(await isDone()).toBe(true);
      expect(await notes()).toHaveLength(1);
      await app.clock.pass(6_000);
      await sweepNotes(app);
      for (const person of [ann, outside?.() ?? bob]) expect(person.pushed).toMatchObject([{ seq }]);
      expect(await notes()).toEqual([]);
    });
  }

  describe.each(['before', 'after'] as const)('of a handler that dies %s a step is done', (when) => {
    /** Every step in turn, each in a world of its own, until a handler survives. */
    const everyStep = async (check: (retry: { key: Key; after: number }) => Promise<void>) => {
      for (let step = 1; ; step++) {
        app = testApp();
        [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
        group = await aGroup(app, ann, bob);
        await prepare();
        await read(ann);
        const retry = await retryNow();
        if (await survived(act(retry, dyingAt(app, step, when)))) {
          expect(step).toBeGreaterThan(10);
          return;
        }
        await check(retry);
      }
    };
    /** Only who is in reads and writes, whatever memory says. */
    const isClosed = async () => {
      const person = outside?.();
      if (!person || (await stateOf(person)) === 'in') return;
      expect(await refusal(say(person))).toMatchObject({ code: 'not-found' });
      expect(await refusal(read(person))).toMatchObject({ code: 'not-found' });
    };
    const isWhole = async (retry: { key: Key }) => {
      expect(await notes()).toEqual([]);
      const done = await isDone();
      expect(await entriesBy(retry.key)).toHaveLength(done ? 1 : 0);
      expect((await read(ann)).filter((entry) => entry.key === retry.key)).toHaveLength(done ? 1 : 0);
      for (const { user, state } of await app.members.rows(group)) {
        expect(['in', 'out']).toContain(state);
        const sides = await app.members.conversationsOf(user);
        expect(sides.some(({ conversation }) => conversation === group)).toBe(state === 'in');
      }
      await isClosed();
      return done;
    };

    test('fails closed, and is completed by the sweep or was never made', async () => {
      await everyStep(async (retry) => {
        await isClosed();
        forgetPushes(ann, bob, cid);
        await app.clock.pass(6_000);
        await sweepNotes(app);
        const done = await isWhole(retry);
        const [entry] = await entriesBy(retry.key);
        if (!done || !entry) return;
        expect(await act(retry)).toMatchObject({ seq: entry.seq });
        expect(await isWhole(retry)).toBe(true);
      });
    });

    test('is completed by a retry', async () => {
      await everyStep(async (retry) => {
        const { seq } = await act(retry);
        expect(await isDone()).toBe(true);
        expect(await entriesBy(retry.key)).toMatchObject([{ seq }]);
        await isClosed();
        await app.clock.pass(6_000);
        await sweepNotes(app);
        expect(await isWhole(retry)).toBe(true);
      });
    });

    if (what !== 'a renaming') {
      test('is completed by the next who changes the same membership', async () => {
        const whom = () => outside?.() ?? bob;
        await everyStep(async (retry) => {
          const claimed = ['joining', 'leaving'].includes((await stateOf(whom())) ?? '');
          // One of the two is possible, whatever was done.
          const next = await (stateIn(await stateOf(whom())) ? remove(ann, whom()) : add(ann, whom()));
          if (claimed) {
            const [earlier] = await entriesBy(retry.key);
            expect(earlier?.seq).toBeLessThan(next.seq);
          }
          await app.clock.pass(6_000);
          await sweepNotes(app);
          expect(await notes()).toEqual([]);
          await isClosed();
          const rows = await app.members.rows(group);
          expect(rows.every(({ state }) => state === 'in' || state === 'out')).toBe(true);
        });
      });
    }
  });
});

/** What a membership will be, once what is under way is done. */
const stateIn = (state: string | undefined) => state === 'in' || state === 'joining';

describe('who meets a change that is half-way', () => {
  const dies = async () => Promise.reject(new Error('died'));

  test('completes it first, and memory knows of it', async () => {
    await aRoom(ann);
    await say(ann);
    const halfWay = { ...app, messages: { ...app.messages, append: dies } };
    await expect(enterRoom(bob, {}, halfWay)).rejects.toThrow('died');
    expect(await stateOf(bob)).toBe('joining');
    await say(ann);
    expect(await refusal(enterRoom(bob))).toMatchObject({ code: 'conflict' });
    expect(await stateOf(bob)).toBe('in');
    expect(await read(ann)).toMatchObject([{ type: 'member.joined', user: bob.user }, {}, {}, {}]);
    forgetPushes(bob);
    await say(ann);
    expect(pushes(bob, 'message.new')).toHaveLength(1);
  });

  test('finds the entry of a role that was given, before giving another', async () => {
    const retry = { key: key(), after: 1 };
    const halfWay = { ...app, messages: { ...app.messages, append: dies } };
    await expect(give(ann, bob, 'admin', retry, halfWay)).rejects.toThrow('died');
    await give(ann, bob, 'owner');
    expect((await logOf()).slice(1)).toMatchObject([
      { type: 'member.changed', role: 'admin', version: 2, key: retry.key },
      { type: 'member.changed', role: 'owner', version: 3 },
    ]);
    expect(await give(ann, bob, 'admin', retry)).toMatchObject({ seq: 2 });
    expect(await roleOf(bob)).toBe('owner');
  });
});

describe('two changes of one membership at once', () => {
  test('are both in the log, in the order of their versions, and the row is as the last says', async () => {
    await add(ann, cid);
    const results = await Promise.allSettled([remove(ann, cid), give(ann, cid, 'admin'), go(cid)]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const result of results) {
      if (result.status === 'rejected') expect(['conflict', 'not-found']).toContain(result.reason.code);
    }
    const told = (await logOf()).flatMap((entry) => ('user' in entry ? [entry] : []));
    const versions = told.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ type: 'member.left' });
    expect(await stateOf(cid)).toBe('out');
    expect(await refusal(say(cid))).toMatchObject({ code: 'not-found' });
  });
});

test('a Redis that went back to before a removal does not let in again', async () => {
  await add(ann, cid);
  await read(cid);
  const copy = app.keys.copy();
  const { seq } = await remove(ann, cid);
  app.keys.restore(copy);
  forgetPushes(cid);
  await say(bob);
  expect(cid.pushed).toEqual([]);
  expect(await refusal(say(cid))).toMatchObject({ code: 'not-found' });
  expect(await refusal(read(cid))).toMatchObject({ code: 'not-found' });
  app.keys.restore(copy);
  // What is believed of the old memory lies below the removal.
  const seen = await read(cid).catch(() => []);
  expect(seen.every((entry) => entry.seq < seq)).toBe(true);
});

test('a user added while a sender is slow misses nothing', async () => {
  let added = false;
  const messages: TestApp['messages'] = {
    ...app.messages,
    append: async (entry) => {
      if (!added) {
        added = true;
        await add(ann, cid);
        forgetPushes(cid);
      }
      return app.messages.append(entry);
    },
  };
  const seq = await say(bob, { ...app, messages });
  expect(cid.pushed).toMatchObject([{ type: 'message.new', seq }]);
});

test('every user has his own inbox raised by a change of members', async () => {
  await add(ann, cid);
  const versionOf = async (user: UserId) => (await app.connections.mark(user, aConversation())).inbox.prev;
  const [before] = await Promise.all([versionOf(cid.user)]);
  await remove(ann, cid);
  expect(await versionOf(cid.user)).toBeGreaterThan(before);
});

test.each([0, 1, 1_000_000])('who was removed learns nothing by leaving after %i', async (after) => {
  await remove(ann, bob);
  await app.clock.pass(1_001);
  expect(await refusal(go(bob, { key: key(), after }))).toMatchObject({ code: 'not-found' });
});
