import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryConversations } from '../../lib/conversations/memory.ts';
import type { Attempt, Conversations, Entered, Finished, Member } from '../../lib/conversations/port.ts';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { conversationKeys } from '../../lib/redis/keys.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { realClock } from '../support/clock.ts';
import { aMessage } from '../support/entries.ts';
import { aConversation, aKey, aUser } from '../support/ids.ts';
import { realCluster, realRedis } from '../support/real.ts';

const single = realRedis();
const cluster = realCluster();
afterAll(() => Promise.all([single.close(), cluster.close()]));

const kept = createKeyspace(realClock);
/** The port, and how its store loses a single key. */
const implementations: [string, () => Conversations, (key: string) => Promise<void>][] = [
  ['memory', () => memoryConversations({ keys: kept, clock: realClock }), async (key) => kept.delete(key)],
  ['Redis', () => redisConversations(single), (key) => single.delete(key)],
  ['a Redis cluster', () => redisConversations(cluster), (key) => cluster.delete(key)],
];

describe.each(implementations)('conversations in %s', (_name, make, lose) => {
  let port: Conversations;
  let conversation: ConversationId;
  let ann: UserId;
  let bob: UserId;

  const attempt = (more: Partial<Attempt> = {}): Attempt => ({
    conversation,
    sender: ann,
    key: aKey(),
    holder: aKey(),
    turn: true,
    after: 'nowhere',
    ...more,
  });

  const rebuilt = async (seq = 10, patched = 'p0') => {
    const token = await port.startRebuild(conversation, aKey());
    const members: Member[] = [
      { user: ann, role: 'owner', version: 3 },
      { user: bob, role: 'member', version: 1 },
    ];
    return port.rebuild({
      conversation,
      token,
      patched,
      head: { seq, ts: 5_000 + seq },
      members,
      activeAt: 7,
    });
  };

  const entered = async (more: Partial<Attempt> = {}) => {
    const answer = await port.enter(attempt(more));
    if (answer.kind !== 'entered') throw new Error(`not entered, but ${answer.kind}`);
    return answer;
  };

  const finished = (more: Partial<Finished> & { seq: number; holder: string }): Finished => {
    const { seq, ...rest } = more;
    return {
      conversation,
      sender: ann,
      key: aKey(),
      base: 0,
      stored: { seq, ts: 5_000 + seq },
      ...rest,
    };
  };

  /** Enters and finishes one message, as a send does. */
  const send = async (seq: number, more: { key?: string; patched?: string } = {}) => {
    const holder = aKey();
    const { patched } = await entered({ holder });
    const key = more.key ?? aKey();
    const entry = aMessage({ conversation, seq, from: ann, key });
    await port.finish(finished({ seq, holder, key, recent: { entry, patched: more.patched ?? patched } }));
    return entry;
  };

  const look = async (entries = 100) => {
    const seen = await port.look(conversation, bob, entries);
    if (seen.kind !== 'seen') throw new Error(`not seen, but ${seen.kind}`);
    return seen;
  };

  beforeEach(() => {
    port = make();
    [conversation, ann, bob] = [aConversation(), aUser(), aUser()];
  });

  test('nothing is remembered of a conversation until it is rebuilt', async () => {
    expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
    expect(await port.look(conversation, bob, 5)).toEqual({ kind: 'missing' });
    expect(await rebuilt()).toBe(true);
    const { head, members, patched, activeAt, now, looked } = await entered();
    expect({ head, patched, activeAt, looked }).toEqual({
      head: { seq: 10, ts: 5_010 },
      patched: 'p0',
      activeAt: 7,
      looked: true,
    });
    expect(members).toHaveLength(2);
    expect(members).toEqual(expect.arrayContaining([{ user: ann, role: 'owner', version: 3 }]));
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  });

  test('a rebuild is applied only while its token stands', async () => {
    const first = await port.startRebuild(conversation, 'first');
    expect(await port.startRebuild(conversation, 'second')).toBe(first);
    await port.drop(conversation);
    const members: Member[] = [{ user: ann, role: 'owner', version: 1 }];
    const stale = { conversation, token: first, patched: 'p', head: { seq: 1, ts: 1 }, members, activeAt: 0 };
    expect(await port.rebuild(stale)).toBe(false);
    expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
  });

  test('a start that runs twice does not bring back a token that was voided', async () => {
    const first = await port.startRebuild(conversation, 'the same');
    await port.drop(conversation);
    await pause(2);
    expect(await port.startRebuild(conversation, 'the same')).not.toBe(first);
  });

  test('a token is used up by the rebuild that applies it', async () => {
    const token = await port.startRebuild(conversation, 'only');
    const members: Member[] = [{ user: ann, role: 'owner', version: 1 }];
    const state = { conversation, token, patched: 'p', head: { seq: 1, ts: 1 }, members, activeAt: 0 };
    expect(await port.rebuild(state)).toBe(true);
    expect(await port.rebuild(state)).toBe(false);
  });

  test('a rebuild takes the higher of everything', async () => {
    await rebuilt(10);
    const token = await port.startRebuild(conversation, 'again');
    const members: Member[] = [
      { user: ann, role: 'member', version: 2 },
      { user: bob, role: 'admin', version: 4 },
    ];
    await port.rebuild({
      conversation,
      token,
      patched: 'other',
      head: { seq: 4, ts: 1 },
      members,
      activeAt: 3,
    });
    const now = await entered();
    expect(now).toMatchObject({ head: { seq: 10, ts: 5_010 }, patched: 'p0', activeAt: 7 });
    expect(now.members).toEqual(
      expect.arrayContaining([
        { user: ann, role: 'owner', version: 3 },
        { user: bob, role: 'admin', version: 4 },
      ]),
    );
  });

  test('who is in is known, as far as anything is', async () => {
    expect(await port.members(conversation)).toEqual([]);
    const token = await port.startRebuild(conversation, aKey());
    const members: Member[] = [
      { user: ann, role: 'owner', version: 3 },
      { user: bob, role: 'out', version: 2 },
      { user: aUser(), role: 'joining', version: 1 },
    ];
    const head = { seq: 1, ts: 1 };
    await port.rebuild({ conversation, token, patched: 'p', head, members, activeAt: 0 });
    expect(await port.members(conversation)).toEqual([members[0]]);
  });

  test('who blocks the other is a member who does', async () => {
    const token = await port.startRebuild(conversation, aKey());
    const members: Member[] = [
      { user: ann, role: 'member', version: 2, blocking: true },
      { user: bob, role: 'member', version: 1 },
    ];
    const head = { seq: 1, ts: 1 };
    await port.rebuild({ conversation, token, patched: 'p', head, members, activeAt: 0 });
    expect(await port.members(conversation)).toEqual(expect.arrayContaining(members));
    expect((await entered()).members).toEqual(expect.arrayContaining(members));
    expect(await port.look(conversation, ann, 1)).toMatchObject({ kind: 'seen', role: 'member' });
  });

  test('who is no member is a stranger', async () => {
    await rebuilt();
    expect(await port.enter(attempt({ sender: aUser() }))).toEqual({ kind: 'stranger' });
    expect(await port.look(conversation, aUser(), 1)).toEqual({ kind: 'stranger' });
  });

  test('one writes at a time, unless it will not wait', async () => {
    await rebuilt();
    const holder = aKey();
    await entered({ holder });
    expect(await port.enter(attempt())).toEqual({ kind: 'busy' });
    expect((await port.enter(attempt({ turn: false }))).kind).toBe('entered');
    expect((await port.enter(attempt({ holder }))).kind).toBe('entered');
    await port.finish(finished({ seq: 11, holder }));
    expect((await port.enter(attempt())).kind).toBe('entered');
  });

  test('only who holds the turn gives it back', async () => {
    await rebuilt();
    const holder = aKey();
    await entered({ holder });
    await port.leave(conversation, aKey());
    expect(await port.enter(attempt())).toEqual({ kind: 'busy' });
    await port.leave(conversation, holder);
    expect((await port.enter(attempt())).kind).toBe('entered');
  });

  test('a finished key is answered from its record, before anything else', async () => {
    await rebuilt();
    const key = aKey();
    await send(11, { key });
    await entered();
    expect(await port.enter(attempt({ key }))).toEqual({ kind: 'recorded', seq: 11, ts: 5_011 });
    expect((await port.enter(attempt({ key, sender: bob }))).kind).toBe('busy');
    await port.drop(conversation);
    expect(await port.enter(attempt({ key }))).toEqual({ kind: 'recorded', seq: 11, ts: 5_011 });
  });

  test('a head is raised, never lowered', async () => {
    await rebuilt(10);
    await send(13);
    await send(11);
    expect((await entered()).head).toEqual({ seq: 13, ts: 5_013 });
  });

  test('finishing creates nothing', async () => {
    expect(await port.finish(finished({ seq: 1, holder: aKey() }))).toMatchObject({ memory: 'absent' });
    expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
  });

  test('finishing voids a rebuild that may have read the log too early', async () => {
    const token = await port.startRebuild(conversation, 'early');
    expect(await port.finish(finished({ seq: 11, holder: aKey() }))).toMatchObject({ memory: 'absent' });
    const members: Member[] = [{ user: ann, role: 'owner', version: 1 }];
    const early = { conversation, token, patched: 'p', head: { seq: 10, ts: 1 }, members, activeAt: 0 };
    expect(await port.rebuild(early)).toBe(false);
    expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
  });

  test('a head below the base was forgotten: everything is dropped', async () => {
    await rebuilt(10);
    expect(await port.finish(finished({ seq: 13, base: 12, holder: aKey() }))).toMatchObject({
      memory: 'dropped',
    });
    expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
    expect(await port.look(conversation, bob, 1)).toEqual({ kind: 'missing' });
  });

  test('the newest entries are served as far as they are contiguous', async () => {
    await rebuilt(10);
    const eleven = await send(11);
    const twelve = await send(12);
    expect((await look()).recent).toEqual([twelve, eleven]);
    expect((await look(1)).recent).toEqual([twelve]);
    await send(14);
    expect((await look()).recent.map(({ seq }) => seq)).toEqual([14]);
    await send(13);
    expect((await look()).recent.map(({ seq }) => seq)).toEqual([14, 13, 12, 11]);
  });

  test('an entry that was entered before a patch stays out of the newest ones', async () => {
    await rebuilt(10);
    await send(11, { patched: 'before the patch' });
    expect((await look()).recent).toEqual([]);
  });

  test('as many entries are kept as the limit says', async () => {
    await rebuilt(0);
    for (let seq = 1; seq <= limits.recentEntries + 5; seq++) await send(seq);
    expect((await look(1_000)).recent).toHaveLength(limits.recentEntries);
  });

  test('a fill is refused when something was patched since', async () => {
    await rebuilt(10);
    const entries = [10, 9].map((seq) => aMessage({ conversation, seq, from: ann }));
    expect(await port.fill(conversation, 'old', entries)).toBe(false);
    expect((await look()).recent).toEqual([]);
    expect(await port.fill(conversation, 'p0', entries)).toBe(true);
    expect((await look()).recent).toEqual(entries);
  });

  test('a reader believes a head that was looked at, while nobody writes', async () => {
    await rebuilt(10);
    expect((await look()).believed).toBe(true);
    const holder = aKey();
    const { patched } = await entered({ holder });
    expect((await look()).believed).toBe(false);
    const entry = aMessage({ conversation, seq: 11, from: ann });
    await port.finish(finished({ seq: 11, holder, recent: { entry, patched } }));
    expect((await look()).believed).toBe(true);
    const [one, other] = [aKey(), aKey()];
    await entered({ holder: one });
    await entered({ holder: other, turn: false });
    await port.finish(finished({ seq: 11, holder: other }));
    expect(await look()).toMatchObject({ believed: false, writing: true });
    await port.finish(finished({ seq: 11, holder: one }));
    expect((await look()).writing).toBe(false);
  });

  test('who is writing is not forgotten with what was dropped', async () => {
    const forgets: (() => Promise<unknown>)[] = [
      () => port.drop(conversation),
      () => port.finish(finished({ seq: 13, base: 12, holder: aKey() })),
      async () => {
        await lose(conversationKeys(conversation).state);
        await port.finish(finished({ seq: 11, holder: aKey() }));
      },
    ];
    for (const forget of forgets) {
      await rebuilt(10);
      const holder = aKey();
      await entered({ holder });
      await forget();
      await rebuilt(10);
      expect(await look()).toMatchObject({ believed: false, writing: true });
      expect(await port.finish(finished({ seq: 11, holder }))).toEqual({ memory: 'raised', signed: true });
      expect((await look()).believed).toBe(true);
      await port.drop(conversation);
    }
  });

  test('who finishes is told where memory had lost the sign', async () => {
    await rebuilt(10);
    const holder = aKey();
    await entered({ holder });
    await lose(conversationKeys(conversation).writers);
    expect((await look()).believed).toBe(true);
    expect(await port.finish(finished({ seq: 11, holder }))).toEqual({ memory: 'raised', signed: false });
    await port.drop(conversation);
    expect(await port.finish(finished({ seq: 12, holder: aKey() }))).toEqual({
      memory: 'absent',
      signed: false,
    });
  });

  test('a refusal takes the sign away', async () => {
    await rebuilt(10);
    const holder = aKey();
    await entered({ holder });
    await port.leave(conversation, holder);
    expect(await look()).toMatchObject({ believed: true, writing: false });
  });

  test('a reader is told that somebody entered and has not finished', async () => {
    await rebuilt(10);
    expect((await look()).writing).toBe(false);
    const holder = aKey();
    await entered({ holder });
    expect((await look()).writing).toBe(true);
    await port.confirm(conversation, 10);
    expect((await look()).writing).toBe(true);
    await port.finish(finished({ seq: 11, holder }));
    expect((await look()).writing).toBe(false);
  });

  test('a confirmation counts only for the head it was made for', async () => {
    await rebuilt(10);
    const holder = aKey();
    await entered({ holder });
    await port.finish(finished({ seq: 12, holder }));
    await port.confirm(conversation, 11);
    expect((await look()).head.seq).toBe(12);
    await port.confirm(conversation, 12);
    expect((await look()).believed).toBe(true);
  });

  describe('an earlier attempt', () => {
    const find = async (more: Partial<Attempt>): Promise<Extract<Entered, { kind: 'entered' }>> =>
      entered({ turn: false, ...more });

    test('is found among the newest entries above `after`', async () => {
      await rebuilt(10);
      const sent = await send(11);
      await send(12);
      const lost = aKey();
      expect(await find({ key: lost, after: 10 })).toMatchObject({ looked: true });
      expect((await find({ key: lost, after: 10 })).found).toBeUndefined();
      // Its record is gone, the entry is not.
      expect(await find({ key: sent.key, sender: bob, after: 10 })).not.toHaveProperty('found');
      await port.fill(conversation, 'p0', [aMessage({ conversation, seq: 11, from: bob, key: sent.key })]);
      expect(await find({ key: sent.key, sender: bob, after: 10 })).toMatchObject({
        found: { seq: 11, from: bob },
        looked: true,
      });
      expect(await find({ key: sent.key, sender: bob, after: 11 })).not.toHaveProperty('found');
    });

    test('may lie where memory does not reach', async () => {
      await rebuilt(10);
      await send(11);
      expect((await find({ after: 9 })).looked).toBe(false);
      expect((await find({ after: 'newest' })).looked).toBe(false);
      expect((await find({ after: 'nowhere' })).looked).toBe(true);
      expect((await find({ after: 11 })).looked).toBe(true);
    });

    test('is not looked for above a head that memory does not know', async () => {
      await rebuilt(10);
      expect(await port.enter(attempt({ after: 11 }))).toEqual({ kind: 'behind' });
    });

    test('is not looked for over more entries than the limit', async () => {
      await rebuilt(limits.retryEntries + 1);
      expect(await port.enter(attempt({ after: 0 }))).toEqual({ kind: 'too-old' });
      expect((await port.enter(attempt({ after: 1 }))).kind).toBe('entered');
    });
  });

  describe('a change of what is there', () => {
    const patch = (more: Partial<Attempt> = {}) => entered({ patches: aKey(), ...more });

    test('forgets the newest entries when it begins, and has them marked anew', async () => {
      await rebuilt(10);
      await send(11);
      const patches = aKey();
      expect(await patch({ patches })).toMatchObject({ patched: patches, head: { seq: 11 }, looked: true });
      expect(await look()).toMatchObject({ patched: patches, recent: [] });
    });

    test('finds an earlier attempt among the newest entries before it forgets them', async () => {
      await rebuilt(10);
      const sent = await send(11);
      await port.fill(conversation, 'p0', [{ ...sent, from: bob }]);
      const again = await patch({ sender: bob, key: sent.key, after: 10 });
      expect(again).toMatchObject({ looked: true, found: { seq: 11, key: sent.key } });
      expect((await look()).recent).toEqual([]);
    });

    test('begins nothing where its key is answered, or the turn is another’s', async () => {
      await rebuilt(10);
      const key = aKey();
      const sent = await send(11, { key });
      expect(await port.enter(attempt({ key, patches: aKey() }))).toMatchObject({ kind: 'recorded' });
      await entered({ sender: bob });
      expect(await port.enter(attempt({ patches: aKey() }))).toEqual({ kind: 'busy' });
      expect(await look()).toMatchObject({ patched: 'p0', recent: [sent] });
    });

    test('forgets them again when it ends: what was read in between may be older than it', async () => {
      await rebuilt(10);
      const holder = aKey();
      const { patched } = await patch({ holder });
      const entries = [10, 9].map((seq) => aMessage({ conversation, seq, from: ann }));
      expect(await port.fill(conversation, patched, entries)).toBe(true);
      const patches = aKey();
      expect(await port.finish(finished({ seq: 11, holder, base: 10, patches }))).toMatchObject({
        memory: 'raised',
      });
      expect(await look()).toMatchObject({ head: { seq: 11 }, patched: patches, recent: [] });
      expect(await port.fill(conversation, patched, entries)).toBe(false);
    });

    test('keeps out a message that was entered before it ended', async () => {
      await rebuilt(10);
      const holder = aKey();
      await patch({ holder });
      const message = aKey();
      const { patched } = await entered({ holder: message, turn: false });
      await port.finish(finished({ seq: 12, holder, patches: aKey() }));
      const entry = aMessage({ conversation, seq: 11, from: ann });
      await port.finish(finished({ seq: 11, holder: message, recent: { entry, patched } }));
      expect((await look()).recent).toEqual([]);
      await send(13);
      expect((await look()).recent.map(({ seq }) => seq)).toEqual([13]);
    });

    test('may have been missed by newest entries that outlived the state', async () => {
      await rebuilt(10);
      await send(11);
      await lose(conversationKeys(conversation).state);
      await rebuilt(11, 'p1');
      expect(await look()).toMatchObject({ head: { seq: 11 }, patched: 'p1', recent: [] });
    });

    test('leaves the newest entries alone where the members alone were lost', async () => {
      await rebuilt(10);
      const eleven = await send(11);
      await lose(conversationKeys(conversation).members);
      expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
      await rebuilt(11);
      expect(await look()).toMatchObject({ patched: 'p0', recent: [eleven] });
    });
  });

  describe('a change of members', () => {
    const roles = async () => {
      const members = await port.members(conversation);
      return Object.fromEntries(members.map(({ user, role, version }) => [user, `${role} ${version}`]));
    };
    const end = (holder: string, member: Member, seq = 11, base = 10) =>
      port.finish(finished({ seq, holder, base, member }));

    test('denies the one removed from its first step on', async () => {
      await rebuilt(10);
      await port.beginMembers(conversation, aKey(), { user: bob, version: 2 });
      expect(await port.enter(attempt({ sender: bob }))).toEqual({ kind: 'stranger' });
      expect(await port.look(conversation, bob, 1)).toEqual({ kind: 'stranger' });
      expect(await roles()).toEqual({ [ann]: 'owner 3' });
      expect((await entered()).members.map(({ user }) => user)).toEqual([ann]);
    });

    test('denies nobody by an old version', async () => {
      await rebuilt(10);
      await port.beginMembers(conversation, aKey(), { user: ann, version: 3 });
      expect((await entered()).head.seq).toBe(10);
    });

    test('voids any rebuild at its first step, whatever is remembered', async () => {
      const members: Member[] = [{ user: bob, role: 'member', version: 1 }];
      const stale = { conversation, patched: 'p', head: { seq: 10, ts: 1 }, members, activeAt: 0 };
      const cold = await port.startRebuild(conversation, 'cold');
      await port.beginMembers(conversation, aKey(), { user: bob, version: 2 });
      expect(await port.rebuild({ ...stale, token: cold })).toBe(false);
      await rebuilt(10);
      const warm = await port.startRebuild(conversation, 'warm');
      await port.beginMembers(conversation, aKey());
      expect(await port.rebuild({ ...stale, token: warm })).toBe(false);
    });

    test('creates nothing', async () => {
      await port.beginMembers(conversation, aKey(), { user: bob, version: 2 });
      const member: Member = { user: bob, role: 'out', version: 3 };
      expect(await end(aKey(), member)).toMatchObject({ memory: 'absent' });
      expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
      expect(await roles()).toEqual({});
    });

    test('lets no reader believe the head until it has ended', async () => {
      await rebuilt(10);
      const holder = aKey();
      await port.beginMembers(conversation, holder);
      expect(await look()).toMatchObject({ believed: false, writing: true });
      await end(holder, { user: ann, role: 'owner', version: 4 });
      expect(await look()).toMatchObject({ writing: false, head: { seq: 11 } });
    });

    test('tells at its last step who is what, where nothing newer is known', async () => {
      await rebuilt(10);
      const cid = aUser();
      await end(aKey(), { user: cid, role: 'member', version: 2 });
      await end(aKey(), { user: bob, role: 'admin', version: 2 }, 12);
      await end(aKey(), { user: bob, role: 'out', version: 1 }, 13);
      await end(aKey(), { user: ann, role: 'member', version: 3 }, 14);
      expect(await roles()).toEqual({ [ann]: 'owner 3', [bob]: 'admin 2', [cid]: 'member 2' });
      await end(aKey(), { user: bob, role: 'out', version: 3 }, 15);
      expect(await port.enter(attempt({ sender: bob }))).toEqual({ kind: 'stranger' });
    });

    test('voids any rebuild at its last step', async () => {
      await rebuilt(10);
      const token = await port.startRebuild(conversation, 'between');
      await end(aKey(), { user: bob, role: 'admin', version: 2 });
      const members: Member[] = [{ user: bob, role: 'member', version: 9 }];
      const stale = { conversation, token, patched: 'p', head: { seq: 10, ts: 1 }, members, activeAt: 0 };
      expect(await port.rebuild(stale)).toBe(false);
      expect(await roles()).toMatchObject({ [bob]: 'admin 2' });
    });

    test('does not bring members back that were lost alone', async () => {
      await rebuilt(10);
      await lose(conversationKeys(conversation).members);
      await end(aKey(), { user: bob, role: 'admin', version: 2 });
      expect(await port.enter(attempt({ sender: bob }))).toEqual({ kind: 'missing' });
    });

    test('that memory has not kept up with makes it forget', async () => {
      await rebuilt(10);
      expect(await end(aKey(), { user: bob, role: 'admin', version: 2 }, 11, 11)).toMatchObject({
        memory: 'dropped',
      });
      expect(await port.enter(attempt())).toEqual({ kind: 'missing' });
    });

    test('who is joining is told of, and may nothing yet', async () => {
      await rebuilt(10);
      const token = await port.startRebuild(conversation, aKey());
      const cid = aUser();
      const members: Member[] = [{ user: cid, role: 'joining', version: 1 }];
      await port.rebuild({
        conversation,
        token,
        patched: 'p',
        head: { seq: 10, ts: 1 },
        members,
        activeAt: 0,
      });
      expect(await port.enter(attempt({ sender: cid }))).toEqual({ kind: 'stranger' });
      expect(await port.look(conversation, cid, 1)).toEqual({ kind: 'stranger' });
      expect((await entered()).members).toContainEqual({ user: cid, role: 'joining', version: 1 });
      await end(aKey(), { user: cid, role: 'member', version: 2 });
      expect((await port.look(conversation, cid, 1)).kind).toBe('seen');
    });
  });
});
