import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../../lib/actions/connections/connect.ts';
import { disconnect } from '../../../lib/actions/connections/disconnect.ts';
import { ping } from '../../../lib/actions/connections/ping.ts';
import { typing } from '../../../lib/actions/connections/typing.ts';
import { createConversation } from '../../../lib/actions/conversations/create.ts';
import { readMessages } from '../../../lib/actions/messages/read.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import { watchPresence } from '../../../lib/actions/presence/watch.ts';
import { markRead } from '../../../lib/actions/receipts/mark.ts';
import { sync } from '../../../lib/actions/sync/sync.ts';
import { authorize } from '../../../lib/actions/users/authorize.ts';
import { register } from '../../../lib/actions/users/register.ts';
import { AppError } from '../../../lib/errors.ts';
import type { SendMessage } from '../../../schema/frames.ts';
import type { ConversationId, Key } from '../../../schema/ids.ts';
import { connectAs, type Person, type TestApp } from '../../support/app.ts';
import { countedApp, listed } from '../../support/counted.ts';
import { aConnection, aKey } from '../../support/ids.ts';

const { app, run, close } = countedApp();
afterAll(close);

let ann: Person;
let bob: Person;
let conversation: ConversationId;

const frame = (more: Partial<SendMessage> = {}): SendMessage => ({
  action: 'sendMessage',
  type: 'text',
  text: 'hello',
  conversation,
  ...more,
});
const send = (more: Partial<SendMessage> = {}) => run((uses) => sendMessage(uses, ann, frame(more)));
/** The same for what ends in no outcome. */
const did = <Reply>(work: (uses: TestApp) => Promise<Reply>) =>
  run(async (uses) => ({ reply: await work(uses) }));

const createFor = async (...others: Person[]) => {
  const members = others.map(({ user }) => user);
  const asked = { kind: 'group' as const, title: 'counted', members };
  const { reply } = await run((uses) => createConversation(uses, ann, asked));
  if (reply instanceof AppError) throw reply;
  // The first message also notes the activity of all members, once in 15 minutes.
  return reply.id;
};

beforeEach(async () => {
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  await connectAs(app, bob.user);
  conversation = await createFor(bob);
  await send();
});

describe('what a message costs', () => {
  test('in a conversation of two: five scripts, one conditional write, live connections − 1 posts', async () => {
    const { reply, counts } = await send({ key: aKey() as Key, after: 2 });
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counts).toEqual(listed('send', { members: 2, posts: 2 }));
  });

  test('in a group of three: one mark and one post more', async () => {
    const cid = await connectAs(app);
    conversation = await createFor(bob, cid);
    await send();
    const { counts } = await send();
    expect(counts).toEqual(listed('send', { members: 3, posts: 3 }));
  });

  test('that is a duplicate: two scripts', async () => {
    const key = aKey() as Key;
    await send({ key });
    const { reply, counts } = await send({ key });
    expect(reply).toMatchObject({ type: 'ack', seq: 3 });
    expect(counts).toEqual(listed('duplicate'));
  });

  test('that is over the limit: one script', async () => {
    const limited = { ...app.policy, sendWindow: () => ({ count: 1, windowMs: 60_000 }) };
    const { reply, counts } = await run((uses) => sendMessage({ ...uses, policy: limited }, ann, frame()));
    expect(reply).toMatchObject({ code: 'rate-limited' });
    expect(counts).toEqual(listed('limited'));
  });
});

describe('what a connection costs', () => {
  test('a handshake: a script and a row, then three scripts; its end the same', async () => {
    const { reply: session } = await register(app, { name: aKey(), password: 'correct horse' });
    const asked = await did((uses) => authorize(uses, { token: session.token }));
    if (asked.reply instanceof AppError) throw asked.reply;
    expect(asked.counts).toEqual(listed('authorize'));

    const caller = { ...asked.reply, connection: aConnection() };
    const opened = await did((uses) => connect(uses, caller, { origin: undefined, allowed: [] }));
    expect(opened.counts).toEqual(listed('connect'));
    const ended = await did((uses) => disconnect(uses, caller));
    expect(ended.counts).toEqual(listed('disconnect'));
  });

  test('a ping: one script', async () => {
    const { reply, counts } = await run((uses) => ping(uses, ann, { action: 'ping' }));
    expect(reply).toMatchObject({ type: 'pong' });
    expect(counts).toEqual(listed('ping'));
  });

  test('to watch: two scripts, and one for each who is watched, as with each ping after it', async () => {
    const users = [bob.user, (await connectAs(app)).user];
    // Where memory does not know when they were last seen, their rows are asked as well.
    const watching = () => run((uses) => watchPresence(uses, ann, { action: 'watchPresence', users }));
    await watching();
    const { reply, counts } = await watching();
    expect(reply).toMatchObject({ type: 'presence' });
    expect(counts).toEqual(listed('watch', { watched: 2 }));
    const beat = await run((uses) => ping(uses, ann, { action: 'ping' }));
    expect(beat.counts).toEqual(listed('ping', { watched: 2 }));
  });

  test('to come back where nothing has changed: two scripts, and his rows after a new start', async () => {
    // An hour later, when what was written here is long seen.
    const now = () => Date.now() + 3_600_000;
    const compared = await run((uses) =>
      sync({ ...uses, clock: { ...uses.clock, now } }, ann, { action: 'sync', since: now() }),
    );
    expect(compared.reply).toMatchObject({ type: 'sync', conversations: [] });
    expect(compared.counts).toEqual(listed('syncCompare'));
    if (compared.reply instanceof AppError) throw compared.reply;
    const { inbox } = compared.reply;
    const jumped = await run((uses) => sync(uses, ann, { action: 'sync', inbox }));
    expect(jumped.counts).toEqual(listed('syncInbox'));
  });
});

describe('what is beside the messages costs', () => {
  test('a mark that rises in a conversation of two: seven scripts, a row of the log and a conditional write', async () => {
    const mark = (seq: number) => run((uses) => markRead(uses, bob, { conversation, seq }));
    await mark(1);
    const { reply, counts } = await mark(2);
    expect(reply).toMatchObject({ type: 'receipt', read: 2 });
    expect(counts).toEqual(listed('mark', { members: 2, posts: 2 }));
  });

  test('to type: three scripts, and one for each of the others', async () => {
    const { reply, counts } = await run((uses) =>
      typing(uses, ann, { action: 'typing', conversation, active: true }),
    );
    expect(reply).toMatchObject({ type: 'ok' });
    expect(counts).toEqual(listed('typing', { members: 2, posts: 2 }));
  });

  test('the newest page: one script', async () => {
    const { reply, counts } = await run((uses) => readMessages(uses, ann, conversation, { limit: 50 }));
    expect(reply).toMatchObject({ items: [{ seq: 2 }, { seq: 1 }] });
    expect(counts).toEqual(listed('newestPage'));
  });
});

describe('what a sweep costs that finds nothing to do', () => {
  test('each partition of the notes, and each shard of the beats', async () => {
    const notes = await did(async (uses) => {
      // Those of other tests are looked at and left alone.
      for await (const _ of uses.unannounced.all());
    });
    expect(notes.counts).toEqual(listed('sweepNotes'));
    const beats = await did((uses) => uses.beats.due(0));
    expect(beats.counts).toEqual(listed('sweepConnections'));
  });
});
