import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createConversation } from '../../lib/actions/conversations/create.ts';
import { renameConversation } from '../../lib/actions/conversations/rename.ts';
import { addMember } from '../../lib/actions/members/add.ts';
import { changeMember } from '../../lib/actions/members/change.ts';
import { join } from '../../lib/actions/members/join.ts';
import { removeMember } from '../../lib/actions/members/remove.ts';
import { deleteMessage, editMessage, react } from '../../lib/actions/messages/change.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { markRead } from '../../lib/actions/receipts/mark.ts';
import { sweepNotes } from '../../lib/actions/sweep/notes.ts';
import { postSync, sync } from '../../lib/actions/sync/sync.ts';
import { AppError } from '../../lib/errors.ts';
import type { Outcome } from '../../lib/outcome.ts';
import type { Keyspace } from '../../lib/redis/keyspace.ts';
import type { SyncReply } from '../../schema/http/conversations.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { connectAs, type Person, performed, type TestApp, testApp, withoutRedis } from '../support/app.ts';
import { headOf, inOrder, messagesIn, written } from '../support/held.ts';
import { modelClient } from '../support/model-client.ts';
import { registerIn } from '../support/registering.ts';
import { logOf, reload } from '../support/reload.ts';

/** What may happen: to the log, to Redis, to the client's connection. */
const index = fc.nat({ max: 99 });
const emoji = fc.constantFrom('👍', '🎉');
const at = { who: fc.nat({ max: 2 }), where: fc.nat({ max: 3 }) };
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      ...at,
      times: fc.integer({ min: 1, max: 4 }),
      away: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), ...at, index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), ...at, index }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('react' as const), ...at, index, emoji, remove: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), ...at, index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), ...at }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('add' as const, 'remove' as const, 'promote' as const),
      ...at,
      whom: fc.nat({ max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), ...at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('line' as const), drops: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(1, 14, 21, 200) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('wipe' as const, 'copy' as const, 'restore' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      by: fc.constantFrom('inbox' as const, 'compare' as const),
      frames: fc.boolean(),
      away: fc.constantFrom(false, false, true),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Refusals are what a random history is full of; faults of ours are not. */
const unlessRefused = async <Reply>(
  app: TestApp,
  act: () => Promise<Outcome<Reply>>,
): Promise<Reply | undefined> => {
  try {
    return await performed(app, act());
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal') return undefined;
    throw error;
  }
};

/** Three people, three conversations and a room; ann has a tablet to act on, and the client that must keep up. */
const stage = async () => {
  const app = testApp();
  const connect = async (user?: Person['user']): Promise<Person> => {
    const person = { ...(await connectAs(app, user)), expiresAt: Number.MAX_SAFE_INTEGER };
    await registerIn(app.connections, person);
    return person;
  };
  const people = [await connect(), await connect(), await connect()] as [Person, Person, Person];
  const [ann, bob, cid] = people;
  const client = await connect(ann.user);
  const create = async (by: Person, asked: Parameters<typeof createConversation>[2]) =>
    (await performed(app, createConversation(app, by, asked))).id;
  const places = [
    await create(bob, { kind: 'group', title: 'one', members: [ann.user, cid.user] }),
    await create(ann, { kind: 'group', title: 'two', members: [bob.user] }),
    await create(bob, { kind: 'direct', with: ann.user }),
    await create(cid, { kind: 'room', title: 'room' }),
  ] as [ConversationId, ConversationId, ConversationId, ConversationId];
  return { app, people, client, places };
};
type Stage = Awaited<ReturnType<typeof stage>>;

const play = async ({ app, people, places }: Stage, one: Step) => {
  if (!('who' in one)) return;
  const who = people[one.who] as Person;
  const conversation = places[one.where] as ConversationId;
  const pick = async (index: number) => {
    const messages = (await logOf(app, conversation)).filter(({ type }) => type === 'message.new');
    return messages[index % Math.max(1, messages.length)]?.seq ?? 1;
  };
  const change = async <Reply>(act: () => Promise<Outcome<Reply>>) => unlessRefused(app, act);
  switch (one.kind) {
    case 'say': {
      const on = one.away ? withoutRedis(app) : app;
      for (let i = 0; i < one.times; i++) {
        await app.clock.pass(500);
        const frame = {
          action: 'sendMessage' as const,
          type: 'text',
          conversation,
          text: `text ${app.clock.now()}`,
        };
        await unlessRefused(on, () => sendMessage(on, who, frame));
      }
      return;
    }
    case 'edit': {
      const seq = await pick(one.index);
      const text = `edited ${app.clock.now()}`;
      return change(() => editMessage(app, who, { action: 'editMessage', conversation, seq, text }));
    }
    case 'delete': {
      const seq = await pick(one.index);
      return change(() => deleteMessage(app, who, { action: 'deleteMessage', conversation, seq }));
    }
    case 'react': {
      const asked = { action: 'react' as const, conversation, seq: await pick(one.index) };
      return change(() => react(app, who, { ...asked, emoji: one.emoji, remove: one.remove }));
    }
    case 'read': {
      const seq = await pick(one.index);
      return change(() => markRead(app, who, { conversation, seq }));
    }
    case 'rename':
      return change(() => renameConversation(app, who, conversation, { title: `title ${app.clock.now()}` }));
    case 'join':
      return change(() => join(app, who, { action: 'join', conversation }));
    default: {
      const { user } = people[one.whom] as Person;
      if (one.kind === 'add')
        return change(() => addMember(app, who, conversation, { user, role: 'member' }));
      if (one.kind === 'remove') return change(() => removeMember(app, who, conversation, user, {}));
      return change(() => changeMember(app, who, conversation, user, { role: 'admin' }));
    }
  }
};

const check = async (
  app: TestApp,
  client: ReturnType<typeof modelClient>,
  person: Person,
  receiptsToo: boolean,
) => {
  const truth = await reload(app, person.user);
  expect([...client.conversations.keys()].sort()).toEqual([...truth.keys()].sort());
  for (const [conversation, held] of client.conversations) {
    const { entries, messages, read } = truth.get(conversation) ?? { entries: [], messages: [], read: {} };
    expect(headOf(held)).toBe(entries.length);
    expect(inOrder(held).map(written)).toEqual(entries.slice(held.floor - 1));
    expect(messagesIn(held)).toEqual(messages.filter(({ seq }) => seq >= held.floor));
    if (receiptsToo) expect(Object.fromEntries([...held.read].filter(([, seq]) => seq > 0))).toEqual(read);
  }
};

/** All pages of one sync, over the socket or over HTTP, with Redis or without. */
const syncNow = async (
  app: TestApp,
  client: ReturnType<typeof modelClient>,
  person: Person,
  { by, frames, away = false }: { by: 'inbox' | 'compare'; frames: boolean; away?: boolean },
) => {
  const on = away ? withoutRedis(app) : app;
  const position = client.position(by);
  const pages: SyncReply[] = [];
  let cursor: string | undefined;
  do {
    await app.clock.pass(100);
    const asked = cursor === undefined ? position : { heads: position.heads, cursor };
    const page: SyncReply = frames
      ? (await sync(on, person, { action: 'sync', ...asked })).reply
      : (await postSync(on, person, asked)).reply;
    pages.push(page);
    cursor = page.next;
  } while (cursor !== undefined);
  client.apply(pages);
};

const run = async (steps: Step[], frames: boolean) => {
  const staged = await stage();
  const { app, client: person } = staged;
  const client = modelClient(person.user);
  let drops = false;
  app.sockets.set(person.connection, {
    receive: (frame) => {
      if (!drops) client.receive(JSON.parse(frame));
    },
    close: () => {},
  });
  await syncNow(app, client, person, { by: 'compare', frames });

  let copy: ReturnType<Keyspace['copy']> | undefined;
  let [wiped, wentBack] = [false, false];
  for (const one of steps) {
    await app.clock.pass(500);
    if (one.kind === 'line') drops = one.drops;
    else if (one.kind === 'pass') await app.clock.pass(one.minutes * 60_000);
    else if (one.kind === 'sync') {
      await syncNow(app, client, person, one);
      // A reconnect heals what a failover forgot; from memory, once it is not believed any more.
      if (client.hasHoles()) await syncNow(app, client, person, { ...one, by: 'compare' });
    } else if (one.kind === 'wipe') {
      app.keys.wipe();
      wiped = true;
    } else if (one.kind === 'copy') copy = app.keys.copy();
    else if (one.kind === 'restore' && copy) {
      app.keys.restore(copy);
      wentBack = true;
    } else await play(staged, one);
  }

  // Nothing is half-way any more, and nobody believes a memory that went back.
  await app.clock.pass(61_000);
  await sweepNotes(app);
  await syncNow(app, client, person, { by: wentBack ? 'compare' : 'inbox', frames });
  if (client.hasHoles()) await syncNow(app, client, person, { by: 'compare', frames });
  await check(app, client, person, !wiped && !wentBack);
  await syncNow(app, client, person, { by: 'compare', frames: !frames });
  await check(app, client, person, !wiped && !wentBack);
};

describe('the state after a sync', () => {
  test('is that of a full reload, whatever happened', async () => {
    const seed = process.env.SEED ? { seed: Number(process.env.SEED) } : {};
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.boolean(), run), {
      numRuns: Number(process.env.RUNS ?? 300),
      ...seed,
    });
  }, 120_000);
});
