import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { inLanes } from '../../lib/lanes.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { memoryMembers } from '../../lib/members/memory.ts';
import type { ConversationRow, Members, StandingMember } from '../../lib/members/port.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';

const cassandra = realCassandra();
afterAll(() => cassandra.close());

const implementations: [string, () => Members][] = [
  ['memory', () => memoryMembers(createTables())],
  ['Cassandra', () => cassandraMembers(cassandra)],
];

describe.each(implementations)('members in %s', (_name, make) => {
  let port: Members;
  let conversation: ConversationId;
  let ann: UserId;
  let bob: UserId;
  const rowOf = (more: Partial<ConversationRow> = {}) => ({
    id: conversation,
    kind: 'group' as const,
    creator: ann,
    request: 'digest',
    createdAt: 1_795_000_000_000,
    ...more,
  });

  beforeEach(() => {
    port = make();
    [conversation, ann, bob] = [aConversation(), aUser(), aUser()];
  });

  test('a conversation exists once its row is written, and the first row stands', async () => {
    expect(await port.conversation(conversation)).toBeUndefined();
    expect(await port.create(rowOf({ title: 'the first' }))).toBe(true);
    expect(await port.create(rowOf({ title: 'the second', creator: bob }))).toBe(false);
    expect(await port.conversation(conversation)).toEqual({
      ...rowOf({ title: 'the first' }),
      headHint: 0,
      version: 1,
    });
  });

  test('a conversation need not have a title', async () => {
    await port.create(rowOf({ kind: 'direct' }));
    expect(await port.conversation(conversation)).toEqual({
      ...rowOf({ kind: 'direct' }),
      headHint: 0,
      version: 1,
    });
  });

  test('of many who create it at once, one does', async () => {
    const created = await Promise.all(Array.from({ length: 6 }, () => port.create(rowOf())));
    expect(created.filter(Boolean)).toHaveLength(1);
  });

  test('a hint of the head is kept in the row', async () => {
    await port.create(rowOf());
    await port.hint(conversation, 256);
    expect((await port.conversation(conversation))?.headHint).toBe(256);
  });

  test('a hint makes no conversation', async () => {
    await port.hint(conversation, 256);
    expect(await port.conversation(conversation)).toBeUndefined();
  });

  test('a membership is seen from both sides, and the first one stands', async () => {
    await port.add(conversation, { user: ann, role: 'owner', version: 1 }, undefined);
    await port.add(conversation, { user: bob, role: 'member', version: 1 }, ann);
    await port.add(conversation, { user: ann, role: 'member', version: 1 }, bob);
    const members = [
      { user: ann, role: 'owner', version: 1 },
      { user: bob, role: 'member', version: 1 },
    ];
    expect(await port.of(conversation)).toHaveLength(2);
    expect(await port.of(conversation)).toEqual(expect.arrayContaining(members));
    expect(await port.member(conversation, ann)).toEqual(members[0]);
    expect(await port.member(conversation, aUser())).toBeUndefined();
    expect(await port.conversationsOf(ann)).toEqual([{ conversation, activeAt: 0 }]);
    expect(await port.conversationsOf(bob)).toEqual([{ conversation, activeAt: 0, peer: ann }]);
    expect(await port.conversationsOf(aUser())).toEqual([]);
  });

  test('a membership says whether it blocks the other, wherever it is read', async () => {
    await port.add(conversation, { user: ann, role: 'member', version: 1 }, bob);
    const row = {
      user: ann,
      state: 'in' as const,
      role: 'member' as const,
      version: 2,
      blocking: true as const,
    };
    expect(await port.change(conversation, row)).toBe('changed');
    const blocking = { user: ann, role: 'member', version: 2, blocking: true };
    expect(await port.standing(conversation, ann)).toEqual(row);
    expect(await port.of(conversation)).toEqual([blocking]);
    expect(await port.known(conversation)).toEqual([blocking]);
    expect(await port.member(conversation, ann)).toEqual(blocking);
    const { blocking: _, ...free } = row;
    expect(await port.change(conversation, { ...free, version: 3 })).toBe('changed');
    expect(await port.of(conversation)).toEqual([{ user: ann, role: 'member', version: 3 }]);
  });

  test('activity is noted on the side of every user', async () => {
    for (const user of [ann, bob])
      await port.add(conversation, { user, role: 'member', version: 1 }, undefined);
    await port.active(conversation, [ann, bob], 1_795_000_000_123);
    for (const user of [ann, bob]) {
      expect(await port.conversationsOf(user)).toEqual([{ conversation, activeAt: 1_795_000_000_123 }]);
    }
  });

  test('a conversation may have as many members as the limit says', async () => {
    const users = Array.from({ length: 500 }, aUser);
    await inLanes(16, users, (user) =>
      port.add(conversation, { user, role: 'member', version: 1 }, undefined),
    );
    expect((await port.of(conversation)).map(({ user }) => user).sort()).toEqual([...users].sort());
  });

  describe('a change of a membership', () => {
    const change = {
      from: 'u:who-changes' as UserId,
      key: 'the-key-of-a-change',
      head: 4,
      made: 'member.joined' as const,
    };
    const row = (version: number, more: Partial<StandingMember> = {}): StandingMember => ({
      user: bob,
      state: 'in',
      role: 'member',
      version,
      change,
      ...more,
    });

    test('is written where the row still has the version before', async () => {
      expect(await port.standing(conversation, bob)).toBeUndefined();
      expect(await port.change(conversation, row(1, { state: 'joining' }))).toBe('changed');
      expect(await port.standing(conversation, bob)).toEqual(row(1, { state: 'joining' }));
      expect(await port.change(conversation, row(2))).toBe('changed');
      expect(await port.change(conversation, row(2, { role: 'owner' }))).toBe('refused');
      expect(await port.change(conversation, row(1))).toBe('refused');
      expect(await port.change(conversation, row(4))).toBe('refused');
      expect(await port.standing(conversation, bob)).toEqual(row(2));
    });

    test('follows upon a creation, which nobody has changed', async () => {
      await port.add(conversation, { user: bob, role: 'owner', version: 1 }, undefined);
      expect(await port.standing(conversation, bob)).toEqual({
        user: bob,
        state: 'in',
        role: 'owner',
        version: 1,
      });
      expect(await port.change(conversation, row(1))).toBe('refused');
      const { change: _, ...plain } = row(2, { role: 'admin' });
      expect(await port.change(conversation, plain)).toBe('changed');
      expect(await port.standing(conversation, bob)).toEqual(plain);
      expect(await port.change(conversation, row(3))).toBe('changed');
    });

    test('lets in only who is in; whoever is joining, leaving or out is known', async () => {
      const states = ['joining', 'in', 'leaving', 'out'] as const;
      for (const [i, state] of states.entries()) {
        await port.change(conversation, row(i + 1, { state }));
        const isMember = state === 'in';
        expect(await port.member(conversation, bob)).toEqual(
          isMember ? { user: bob, role: 'member', version: i + 1 } : undefined,
        );
        expect(await port.of(conversation)).toHaveLength(isMember ? 1 : 0);
        const role = { joining: 'joining', in: 'member', leaving: 'out', out: 'out' }[state];
        expect(await port.known(conversation)).toEqual([{ user: bob, role, version: i + 1 }]);
        expect(await port.rows(conversation)).toEqual([row(i + 1, { state })]);
      }
    });

    test('of many at once is one', async () => {
      await port.change(conversation, row(1));
      const keys = Array.from({ length: 6 }, (_, i) => `the-key-of-number-${i}`);
      const answers = await Promise.all(
        keys.map((key) => port.change(conversation, row(2, { change: { ...change, key } }))),
      );
      expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1);
      expect(await port.standing(conversation, bob)).toMatchObject({ version: 2 });
    });
  });

  test('on the user’s side the highest version stands', async () => {
    await port.add(conversation, { user: ann, role: 'owner', version: 1 }, undefined);
    await port.active(conversation, [ann], 1_795_000_000_123);
    const seen = async (user = ann) =>
      (await port.conversationsOf(user)).map((belonging) => belonging.conversation);
    await port.belong(ann, conversation, { in: false, version: 3 });
    expect(await seen()).toEqual([]);
    await port.belong(ann, conversation, { in: true, version: 2 });
    await port.belong(ann, conversation, { in: true, version: 3 });
    expect(await seen()).toEqual([]);
    await port.belong(ann, conversation, { in: true, version: 5 });
    expect(await port.conversationsOf(ann)).toEqual([{ conversation, activeAt: 1_795_000_000_123 }]);
    await Promise.all(
      [2, 6, 4, 7, 5].map((version) => port.belong(bob, conversation, { in: version === 7, version })),
    );
    expect(await seen(bob)).toEqual([conversation]);
  });

  describe('the title', () => {
    const change = { from: 'u:who-changes' as UserId, key: 'the-key-of-a-change', head: 4 };

    test('is changed where the row still has the version before', async () => {
      await port.create(rowOf({ title: 'the first' }));
      expect(await port.retitle(conversation, { version: 2, title: 'the second', change })).toBe('changed');
      expect(await port.retitle(conversation, { version: 2, title: 'the third', change })).toBe('refused');
      expect(await port.retitle(conversation, { version: 9, title: 'the third', change })).toBe('refused');
      expect(await port.conversation(conversation)).toEqual({
        ...rowOf({ title: 'the second' }),
        headHint: 0,
        version: 2,
        change,
      });
      await port.hint(conversation, 256);
      expect(await port.conversation(conversation)).toMatchObject({ title: 'the second', headHint: 256 });
    });

    test('may stay, and the version be raised, so that a late change is refused', async () => {
      await port.create(rowOf({ title: 'the first' }));
      expect(await port.retitle(conversation, { version: 2, title: undefined, change })).toBe('changed');
      expect(await port.retitle(conversation, { version: 2, title: 'late', change })).toBe('refused');
      expect(await port.conversation(conversation)).toMatchObject({ title: 'the first', version: 2 });
    });

    test('is not that of a conversation that does not exist', async () => {
      expect(await port.retitle(conversation, { version: 2, title: 'x', change })).toBe('refused');
      expect(await port.conversation(conversation)).toBeUndefined();
    });
  });
});
