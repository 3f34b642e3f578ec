import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { inLanes } from '../../lib/lanes.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { memoryMembers } from '../../lib/members/memory.ts';
import type { ConversationRow, Members } from '../../lib/members/port.ts';
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
    expect(await port.conversation(conversation)).toEqual({ ...rowOf({ title: 'the first' }), headHint: 0 });
  });

  test('a conversation need not have a title', async () => {
    await port.create(rowOf({ kind: 'direct' }));
    expect(await port.conversation(conversation)).toEqual({ ...rowOf({ kind: 'direct' }), headHint: 0 });
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
});
