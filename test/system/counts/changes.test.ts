import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { renameConversation } from '../../../lib/actions/conversations/rename.ts';
import { addMember } from '../../../lib/actions/members/add.ts';
import { changeMember } from '../../../lib/actions/members/change.ts';
import { removeMember } from '../../../lib/actions/members/remove.ts';
import { deleteMessage, editMessage, react } from '../../../lib/actions/messages/change.ts';
import { sendMessage } from '../../../lib/actions/messages/send.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import { aGroup, connectAs, type Person, performed } from '../../support/app.ts';
import { countedApp } from '../../support/counted.ts';

const { app, run, close } = countedApp();
afterAll(close);

let ann: Person;
let bob: Person;
let cid: Person;
let conversation: ConversationId;
let seq: number;

/** A group of three, all connected, in which the first has said something just now. */
beforeEach(async () => {
  [ann, bob, cid] = [await connectAs(app), await connectAs(app), await connectAs(app)];
  conversation = await aGroup(app, ann, bob, cid);
  const frame = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation };
  for (let i = 0; i < 2; i++) ({ seq } = await performed(app, sendMessage(app, ann, frame)));
});

const written = { gate: 1, enter: 1, mark: 3, finish: 1 };

describe('a change of a message costs as many scripts as a message, and', () => {
  const edit = (text: string) =>
    run(() => editMessage(app, ann, { action: 'editMessage', conversation, seq, text }));

  test('of an edit two conditional writes and a note', async () => {
    expect((await edit('once')).counts).toEqual({
      redis: written,
      cassandra: {
        'read messages_by_conversation': 3,
        'if messages_by_conversation': 2,
        'write unannounced': 2,
      },
      posts: 2,
    });
    expect((await edit('twice')).counts.cassandra).toMatchObject({ 'read messages_by_conversation': 4 });
  });

  test('of a deletion the same with a read less, and with one more by an admin', async () => {
    const frame = { action: 'deleteMessage' as const, conversation, seq };
    expect((await run(() => deleteMessage(app, ann, frame))).counts).toEqual({
      redis: written,
      cassandra: {
        'read messages_by_conversation': 2,
        'if messages_by_conversation': 2,
        'write unannounced': 2,
      },
      posts: 2,
    });
    const said = { action: 'sendMessage' as const, type: 'text', text: 'hello', conversation };
    const other = await performed(app, sendMessage(app, bob, said));
    const { counts } = await run(() => deleteMessage(app, ann, { ...frame, seq: other.seq }));
    expect(counts.cassandra).toMatchObject({
      'read messages_by_conversation': 2,
      'read members_by_conversation': 1,
    });
  });

  test('of a reaction two conditional writes and a note', async () => {
    const frame = { action: 'react' as const, conversation, seq, emoji: '👍' };
    expect((await run(() => react(app, bob, frame))).counts).toEqual({
      redis: written,
      cassandra: {
        'read reactions_by_conversation': 2,
        'read messages_by_conversation': 2,
        'if reactions_by_conversation': 1,
        'if messages_by_conversation': 1,
        'write unannounced': 2,
      },
      posts: 2,
    });
    const { counts } = await run(() => react(app, bob, { ...frame, remove: true }));
    expect(counts.cassandra).toMatchObject({
      'read reactions_by_conversation': 1,
      'read messages_by_conversation': 3,
      'if reactions_by_conversation': 1,
    });
  });

  test('of a title two conditional writes and a note', async () => {
    expect((await run(() => renameConversation(app, ann, conversation, { title: 'other' }))).counts).toEqual({
      redis: { take: 1, enter: 1, mark: 3, finish: 1 },
      cassandra: {
        'read conversations': 1,
        'read messages_by_conversation': 1,
        'read members_by_conversation': 1,
        'if conversations': 1,
        'if messages_by_conversation': 1,
        'write unannounced': 2,
      },
      posts: 3,
    });
  });
});

describe('a change of a member costs 3 + m scripts, and', () => {
  const changed = { take: 1, 'begin-members': 1, finish: 1, mark: 4 };

  test('of an addition, a role and a removal four, two and four conditional writes', async () => {
    const dan = await connectAs(app);
    const added = await run(() => addMember(app, ann, conversation, { user: dan.user, role: 'member' }));
    expect(added.counts).toEqual({
      redis: changed,
      cassandra: {
        'read conversations': 2,
        'read members_by_conversation': 5,
        'read messages_by_conversation': 2,
        'read conversations_by_user': 2,
        'read users': 1,
        'read blocks_by_user': 2,
        'if members_by_conversation': 2,
        'if messages_by_conversation': 1,
        'if conversations_by_user': 1,
        'write unannounced': 2,
        'write conversations_by_user': 4,
      },
      posts: 4,
    });
    const promoted = await run(() => changeMember(app, ann, conversation, dan.user, { role: 'admin' }));
    expect(promoted.counts).toEqual({
      redis: changed,
      cassandra: {
        'read conversations': 2,
        'read members_by_conversation': 5,
        'read messages_by_conversation': 2,
        'if members_by_conversation': 1,
        'if messages_by_conversation': 1,
        'write unannounced': 2,
        'write conversations_by_user': 4,
      },
      posts: 4,
    });
    const removed = await run(() => removeMember(app, ann, conversation, dan.user, {}));
    expect(removed.counts).toEqual({
      redis: changed,
      cassandra: {
        'read conversations': 2,
        'read members_by_conversation': 5,
        'read messages_by_conversation': 3,
        'read conversations_by_user': 1,
        'if members_by_conversation': 2,
        'if messages_by_conversation': 1,
        'if conversations_by_user': 1,
        'write unannounced': 2,
        'write conversations_by_user': 3,
      },
      posts: 4,
    });
  });
});
