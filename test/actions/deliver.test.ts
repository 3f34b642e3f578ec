import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { deliver, deliverQueued } from '../../lib/deliver.ts';
import { onQueue } from '../../lib/edge/on-invoke.ts';
import type { Posted } from '../../lib/gateway/port.ts';
import type { Publication, Recipient } from '../../lib/outcome.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { context } from '../edge/events.ts';
import { away, type TestApp, testApp } from '../support/app.ts';
import { aMessage } from '../support/entries.ts';
import { aConnection, aConversation, aUser } from '../support/ids.ts';
import { registerIn } from '../support/registering.ts';

let app: TestApp;
let posted: Map<ConnectionId, string[]>;
let answers: Map<ConnectionId, Posted>;
let queued: Publication[];

beforeEach(() => {
  const plain = testApp();
  [posted, answers, queued] = [new Map(), new Map(), []];
  app = {
    ...plain,
    gateway: {
      ...plain.gateway,
      post: async (connection, frame) => {
        posted.set(connection, [...(posted.get(connection) ?? []), frame]);
        return answers.get(connection) ?? 'sent';
      },
    },
    queue: { put: async (publication) => void queued.push(publication) },
  };
});

const frame = aMessage({ conversation: aConversation(), seq: 7, from: aUser() });
let version = 0;
const aRecipient = (connections: number, expiresAt = Number.MAX_SAFE_INTEGER): Recipient => ({
  user: aUser(),
  inbox: { prev: version, version: ++version },
  connections: Array.from({ length: connections }, () => ({ connection: aConnection(), expiresAt })),
});
const connectionsOf = (recipients: Recipient[]) =>
  recipients.flatMap(({ connections }) => connections.map(({ connection }) => connection));
const missed = () => app.logs.filter(({ event }) => event === 'push.missed').map(({ fields }) => fields);

describe('a publication', () => {
  test('is posted at once to up to 200 connections, each with the inbox of its user', async () => {
    const recipients = Array.from({ length: limits.inlinePosts / 2 }, () => aRecipient(2));
    await deliver(app, { frame, recipients });
    expect(queued).toEqual([]);
    expect([...posted.keys()].sort()).toEqual(connectionsOf(recipients).sort());
    for (const { inbox, connections } of recipients) {
      for (const { connection } of connections) {
        expect(posted.get(connection)?.map((text) => JSON.parse(text))).toEqual([{ ...frame, inbox }]);
      }
    }
    expect(missed()).toEqual([]);
  });

  test('goes to the rest through the queue, in parts of 200, everyone once', async () => {
    const recipients = [aRecipient(150), aRecipient(0), aRecipient(330), aRecipient(1), aRecipient(40)];
    const [except] = connectionsOf(recipients);
    await deliver(app, { frame, recipients, ...(except && { except }) });
    expect(posted.size).toBe(limits.inlinePosts);
    expect(queued.map(({ recipients: some }) => connectionsOf(some).length)).toEqual([200, 120]);
    const told = [...posted.keys(), ...queued.flatMap((part) => connectionsOf(part.recipients))];
    expect(told.sort()).toEqual(connectionsOf(recipients).slice(1).sort());
    for (const part of queued) {
      expect(part.frame).toEqual(frame);
      for (const { user, inbox } of part.recipients) {
        expect(inbox).toEqual(recipients.find((one) => one.user === user)?.inbox);
      }
    }
  });

  test('that the queue does not take is missed, and said so', async () => {
    await deliver({ ...app, queue: away() }, { frame, recipients: [aRecipient(230)] });
    expect(posted.size).toBe(limits.inlinePosts);
    const { conversation, seq, type } = frame;
    const expected = { type, conversation, seq, sent: 200, gone: 0, unqueued: 30 };
    expect(missed()).toEqual([expect.objectContaining(expected)]);
  });

  test('that fails for another reason than gone is counted in one line', async () => {
    const recipients = [aRecipient(6)];
    const [one, two, three, four] = connectionsOf(recipients) as [
      ConnectionId,
      ConnectionId,
      ConnectionId,
      ConnectionId,
    ];
    answers = new Map([
      [one, 'failed'],
      [two, 'failed'],
      [three, 'slow'],
      [four, 'gone'],
    ]);
    await deliver(app, { frame, recipients });
    expect(missed()).toEqual([expect.objectContaining({ sent: 2, failed: 2, slow: 1, gone: 1 })]);
  });

  test('waits for a slow one with no other', async () => {
    const recipients = [aRecipient(limits.inlinePosts)];
    const [slow, ...others] = connectionsOf(recipients);
    const answered = Promise.withResolvers<Posted>();
    const gateway: TestApp['gateway'] = {
      ...app.gateway,
      post: (connection, text) =>
        connection === slow ? answered.promise : app.gateway.post(connection, text),
    };
    const delivering = deliver({ ...app, gateway }, { frame, recipients });
    await new Promise((resolve) => setImmediate(resolve));
    expect([...posted.keys()].sort()).toEqual(others.sort());
    answered.resolve('slow');
    await delivering;
    expect(missed()).toEqual([expect.objectContaining({ sent: others.length, slow: 1 })]);
  });

  test('is not posted where the token has ended since the connection was found', async () => {
    const recipients = [aRecipient(1), aRecipient(1, app.clock.now() + 1_000)];
    await app.clock.pass(1_000);
    await deliver(app, { frame, recipients });
    expect([...posted.keys()]).toEqual(connectionsOf(recipients.slice(0, 1)));
    expect(missed()).toEqual([]);
  });

  test('says nothing of connections that are gone, and forgets them', async () => {
    const { user, connections } = aRecipient(1);
    const [{ connection } = { connection: aConnection() }] = connections;
    await registerIn(app.connections, {
      user,
      connection,
      device: 'd' as never,
      expiresAt: app.clock.now() + 3_600_000,
    });
    await app.clock.pass(limits.handshakeMs);
    answers.set(connection, 'gone');
    await deliver(app, { frame, recipients: [{ user, connections }] });
    expect(missed()).toEqual([]);
    expect(await app.connections.of(user)).toEqual([]);
  });
});

describe('what comes out of the queue', () => {
  test('is posted to those whose token still stands', async () => {
    const recipients = [aRecipient(2), aRecipient(2, app.clock.now() + 1_000)];
    await app.clock.pass(1_000);
    await deliverQueued(app, { frame, recipients });
    expect([...posted.keys()].sort()).toEqual(connectionsOf(recipients.slice(0, 1)).sort());
  });

  test('comes again where it failed, and nothing else of its batch does', async () => {
    const lines = jest.spyOn(console, 'log').mockImplementation(() => {});
    const done: number[] = [];
    const handler = onQueue<{ number: number }>(async ({ number }) => {
      if (number === 2) throw new Error('a fault');
      done.push(number);
    });
    const Records = [
      ...[1, 2, 3].map((number) => ({ messageId: `message ${number}`, body: JSON.stringify({ number }) })),
      { messageId: 'message 4', body: '{' },
    ];
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message 2' }, { itemIdentifier: 'message 4' }],
    });
    expect(done).toEqual([1, 3]);
    const events = lines.mock.calls.map(([line]) => JSON.parse(String(line)).event);
    expect(events.filter((event) => event !== 'invocation.measured')).toEqual([
      'queue.refused',
      'queue.refused',
    ]);
    lines.mockRestore();
  });
});
