import { beforeEach, describe, expect, test } from '@jest/globals';
import { deleteMessage } from '../../lib/actions/messages/change.ts';
import { deleteEvent, editEvent, messageEvent } from '../../lib/actions/messages/events.ts';
import { postMessage } from '../../lib/actions/messages/send.ts';
import type { Entry } from '../../schema/entries.ts';
import { DeleteEvent, EditEvent } from '../../schema/events.ts';
import type { ConversationId, Key } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { aGroup, connectAs, type Person, performed, refusal, type TestApp, testApp } from '../support/app.ts';
import { dyingAt, survived } from '../support/dying.ts';
import { aKey } from '../support/ids.ts';

/** The older form of sending, editing and deleting. */
let app: TestApp;
let ann: Person;
let bob: Person;
let group: ConversationId;

const key = () => aKey() as Key;
type More = { seq?: number; key?: Key; after?: number; id?: string };

const inGroup = (person: Person): Person => ({ ...person, conversation: group });
const say = async (from: Person, message: string, more: More = {}) =>
  (await performed(app, messageEvent(app, inGroup(from), { event: 'message:message', message, ...more })))
    .seq;
const edit = (from: Person, message: string, more: More = {}, on = app) =>
  performed(on, editEvent(on, inGroup(from), { event: 'message:edit', message, ...more }));
const remove = (from: Person, more: More = {}, on = app) =>
  performed(on, deleteEvent(on, inGroup(from), { event: 'message:delete', ...more }));
const logOf = () => app.messages.range(group, { low: 1, high: 9_999, limit: 9_999, order: 'up' });
const targets = (entries: Entry[]) =>
  entries.flatMap((entry) => ('target' in entry ? [[entry.type, entry.target]] : []));

beforeEach(async () => {
  app = testApp();
  app.policy.sendWindow = () => ({ count: 1_000, windowMs: 1_000 });
  [ann, bob] = [await connectAs(app), await connectAs(app)];
  group = await aGroup(app, ann, bob);
});

describe('an older frame', () => {
  test('sends to the conversation of its connection', async () => {
    const outcome = messageEvent(app, inGroup(ann), { event: 'message:message', id: 'q', message: 'hello' });
    const ack = await performed(app, outcome);
    expect(ack).toMatchObject({ type: 'ack', id: 'q', conversation: group });
    expect(await app.messages.at(group, ack.seq)).toMatchObject({ type: 'message.new', text: 'hello' });
    expect(bob.pushed).toContainEqual(expect.objectContaining({ type: 'message.new', text: 'hello' }));
  });

  test('changes the message that it names', async () => {
    const [first] = [await say(ann, 'first'), await say(ann, 'second')];
    await edit(ann, 'FIRST', { seq: first });
    expect(await app.messages.at(group, first)).toMatchObject({ text: 'FIRST' });
    await remove(ann, { seq: first });
    expect(await app.messages.at(group, first)).toMatchObject({ text: '', deleted: true });
  });

  test('means the last message of its sender where it names none', async () => {
    const mine = await say(ann, 'mine');
    const other = await say(bob, 'other');
    await edit(ann, 'MINE');
    expect(await app.messages.at(group, mine)).toMatchObject({ text: 'MINE' });
    expect(await app.messages.at(group, other)).toMatchObject({ text: 'other' });
  });

  test('deletes one message after the other, newest first', async () => {
    const [first, second] = [await say(ann, 'first'), await say(ann, 'second')];
    await remove(ann);
    await remove(ann);
    expect(targets(await logOf())).toEqual([
      ['message.deleted', second],
      ['message.deleted', first],
    ]);
    expect(await refusal(remove(ann))).toMatchObject({ code: 'bad-request', pointer: '/seq' });
  });

  test('that is tried again means the same message, whatever was said since', async () => {
    const [first, second] = [await say(ann, 'first'), await say(ann, 'second')];
    const retry = { key: key(), after: second };
    const ack = await remove(ann, retry);
    const third = await say(ann, 'third');
    app.keys.wipe();
    expect(await remove(ann, retry)).toMatchObject({ seq: ack.seq });
    expect(targets(await logOf())).toEqual([['message.deleted', second]]);
    for (const seq of [first, third]) expect(await app.messages.at(group, seq)).not.toHaveProperty('deleted');
  });

  test.each(['before', 'after'] as const)(
    'means the same message where its first attempt died %s any step, and another came between',
    async (when) => {
      for (let step = 1, ended = false; !ended; step++) {
        const [first, second] = [await say(ann, 'first'), await say(ann, 'second')];
        const retry = { key: key(), after: second };
        ended = await survived(remove(ann, retry, dyingAt(app, step, when)));
        await say(ann, 'third');
        await remove(ann, retry);
        expect(await app.messages.at(group, first)).toMatchObject({ text: 'first' });
        expect(await app.messages.at(group, second)).toMatchObject({ deleted: true });
      }
    },
  );

  test('does not fall back on an older message where the last was deleted since', async () => {
    const [first, second] = [await say(ann, 'first'), await say(ann, 'second')];
    await performed(
      app,
      deleteMessage(app, ann, { action: 'deleteMessage', conversation: group, seq: second }),
    );
    const late = edit(ann, 'changed', { key: key(), after: second });
    expect(await refusal(late)).toMatchObject({ code: 'message-deleted' });
    expect(await app.messages.at(group, first)).toMatchObject({ text: 'first' });
  });

  test('looks no further than the newest entries', async () => {
    await say(ann, 'long ago');
    for (let i = 0; i < limits.recentEntries; i++) {
      await performed(app, postMessage(app, bob, group, { type: 'text', text: `${i}` }));
    }
    expect(await refusal(edit(ann, 'changed'))).toMatchObject({ code: 'bad-request', pointer: '/seq' });
  });

  test('needs a connection that was opened for a conversation, and a member of it', async () => {
    const nowhere = messageEvent(app, ann, { event: 'message:message', message: 'x' });
    expect(await refusal(nowhere)).toMatchObject({ code: 'bad-request', pointer: '/event' });
    const cid = await connectAs(app);
    expect(await refusal(say(cid, 'x'))).toMatchObject({ code: 'not-found' });
    expect(await refusal(edit(cid, 'x'))).toMatchObject({ code: 'not-found' });
    expect(await refusal(remove(cid, { after: 7, key: key() }))).toMatchObject({ code: 'not-found' });
  });

  test.each([
    ['an edit', EditEvent, { event: 'message:edit', message: 'x' }],
    ['a delete', DeleteEvent, { event: 'message:delete' }],
  ])('that names no message and may be retried says as of when: %s', (_what, schema, frame) => {
    const read = schema.safeParse({ ...frame, key: key() });
    expect(read.error?.issues[0]?.path).toEqual(['after']);
    expect(schema.safeParse({ ...frame, key: key(), after: 3 }).success).toBe(true);
    expect(schema.safeParse({ ...frame, key: key(), seq: 3 }).success).toBe(true);
  });
});
