import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { editMessage } from '../../../lib/actions/messages/change.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { watchPresence } from '../../../lib/actions/presence/watch.ts';
import { sweepConnections } from '../../../lib/actions/sweep/connections.ts';
import { sweepNotes } from '../../../lib/actions/sweep/notes.ts';
import type { Note } from '../../../lib/unannounced/port.ts';
import type { ConversationId, Key } from '../../../schema/ids.ts';
import type { RedisServer } from '../../../scripts/parts/redis.ts';
import { aGroup, connectAs, type Person, performed } from '../../support/app.ts';
import { type Counted, countedApp } from '../../support/counted.ts';
import { aConnection, aKey, aUser } from '../../support/ids.ts';
import { startOwnRedis, urlOf } from '../../support/real.ts';
import { registerIn } from '../../support/registering.ts';

let redis: RedisServer;
let counted: Counted;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  // Its own, for the sweep looks at everybody.
  redis = await startOwnRedis('counts');
  counted = countedApp(urlOf(redis));
});
beforeEach(async () => {
  const { app } = counted;
  [ann, bob] = [await connectAs(app), await connectAs(app)];
});
afterAll(async () => {
  await counted.close();
  await redis.stop();
});

describe('a sweep of connections costs', () => {
  const swept = async () =>
    (await counted.run(async (app) => ({ reply: await sweepConnections(app) }))).counts;
  // It asks until nobody is due any more.
  const looked = { 'due-looks': 8, 'look-at-user': 1, 'settle-look': 1 };

  test('two scripts for each user who is due, and at most once a minute a third and a write', async () => {
    const { app } = counted;
    await app.beats.ask(ann.user, { inMs: 0, brisk: false });
    expect(await swept()).toEqual({
      redis: { ...looked, kept: 1 },
      cassandra: { 'write presence_by_user': 1 },
      posts: 0,
    });
    await app.beats.ask(ann.user, { inMs: 0, brisk: false });
    expect(await swept()).toEqual({ redis: looked, cassandra: {}, posts: 0 });
  });

  test('for a change of one who is watched two scripts more, and one for each who watches', async () => {
    const { app } = counted;
    const gone = { ...ann, user: aUser(), connection: aConnection(), expiresAt: Date.now() - 60_000 };
    await registerIn(app.connections, gone);
    for (const watcher of [ann, bob]) {
      await performed(app, watchPresence(app, watcher, { action: 'watchPresence', users: [gone.user] }));
    }
    await app.beats.ask(gone.user, { inMs: 0, brisk: false });
    // His connection is closed, and his last seen kept, as it would be if nobody watched.
    expect(await swept()).toEqual({
      redis: { ...looked, kept: 1, watchers: 1, reach: 2, told: 1 },
      cassandra: { 'write presence_by_user': 1 },
      posts: 1 + 2,
    });
  });
});

describe('a sweep of notes costs', () => {
  let conversation: ConversationId;
  let seq: number;
  beforeEach(async () => {
    const { app } = counted;
    conversation = await aGroup(app, ann, bob);
    const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation };
    ({ seq } = await performed(app, sendMessage(app, ann, frame)));
  });

  /** Of this note alone: those of other tests are theirs, and the search for notes is counted elsewhere. */
  const sweptOf = async (note: Omit<Note, 'conversation' | 'seq' | 'at'>) => {
    const noted: Note = { ...note, conversation, seq, at: Date.now() - 60_000 };
    const { reply, counts } = await counted.run(async (app) => {
      const all = async function* () {
        yield noted;
      };
      return { reply: await sweepNotes({ ...app, unannounced: { ...app.unannounced, all } }) };
    });
    expect(reply).toEqual({ announced: 1 });
    return counts;
  };

  test('for an entry two reads, its members’ marks and rows, and taking the note away', async () => {
    expect(await sweptOf({ kind: 'entry' })).toEqual({
      redis: { DEL: 1, mark: 2 },
      cassandra: {
        'read messages_by_conversation': 1,
        'read members_by_conversation': 1,
        'write conversations_by_user': 2,
        'write unannounced': 1,
      },
      posts: 2,
    });
  });

  test('for a change one DEL, its row, the truth and what lies above its head more', async () => {
    const { app } = counted;
    const key = aKey() as Key;
    await performed(
      app,
      editMessage(app, ann, { action: 'editMessage', conversation, seq, text: 'other', key, after: seq }),
    );
    expect(await sweptOf({ kind: 'message', by: { from: ann.user, key } })).toEqual({
      redis: { DEL: 2, mark: 2 },
      cassandra: {
        // Its row, the head, what lies above, and the message once more for its text.
        'read messages_by_conversation': 4,
        'read conversations': 1,
        'read members_by_conversation': 2,
        'write conversations_by_user': 2,
        'write unannounced': 1,
      },
      posts: 2,
    });
  });
});
