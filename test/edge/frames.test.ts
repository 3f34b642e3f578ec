import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ping } from '../../lib/actions/connections/ping.ts';
import { help } from '../../lib/actions/help.ts';
import { messageEvent } from '../../lib/actions/messages/events.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { onEvents, onFrame, onFrames } from '../../lib/edge/on-frame.ts';
import { AppError } from '../../lib/errors.ts';
import { actions } from '../../schema/actions.ts';
import { MessageEvent } from '../../schema/events.ts';
import { Help, Ping, SendMessage } from '../../schema/frames.ts';
import { limits } from '../../schema/limits.ts';
import { ErrorFrame, serverFrames } from '../../schema/pushes.ts';
import { aGroup, connectAs, type Person, type TestApp, testApp } from '../support/app.ts';
import { aConversation, aUser } from '../support/ids.ts';
import { context, frameEvent } from './events.ts';

let app: TestApp;
let ann: Person;
let lines: string[];

beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void jest.restoreAllMocks());

const handlers = {
  sendMessage: () => onFrame(SendMessage, sendMessage, () => app),
  ping: () => onFrame(Ping, ping, () => app),
  help: () => onFrame(Help, help, () => app),
  default: () => onEvents({ 'message:message': [MessageEvent, messageEvent] }, () => app),
};
const answerTo = async (body: unknown, handler: keyof typeof handlers = 'sendMessage') => {
  const { statusCode, body: answer } = await handlers[handler]()(frameEvent(ann, body), context);
  expect(statusCode).toBe(200);
  return JSON.parse(answer ?? '');
};
const send = (more: object) =>
  answerTo(JSON.stringify({ action: 'sendMessage', id: 'q1', text: 'hello', ...more }));

describe('a frame that is wrong gets a typed error, and the connection stays open', () => {
  const conversation = aConversation();
  const refusals: [string, unknown, object][] = [
    ['not JSON', '{nope', { code: 'bad-frame' }],
    ['an empty frame', '', { code: 'bad-frame' }],
    ['an array', '[1]', { code: 'bad-frame' }],
    ['a number', '7', { code: 'bad-frame' }],
    ['null', 'null', { code: 'bad-frame' }],
    ['binary', Buffer.from([1, 2, 3]), { code: 'bad-frame' }],
    ['10 000-deep JSON', '['.repeat(10_000) + ']'.repeat(10_000), { code: 'bad-frame' }],
    ['over 32 KB', JSON.stringify({ text: 'x'.repeat(limits.frameBytes) }), { code: 'too-large' }],
  ];
  test.each(refusals)('%s', async (_what, body, expected) => {
    const frame = await answerTo(body);
    expect(frame).toMatchObject({ type: 'error', ...expected, retryable: false });
    expect(ErrorFrame.safeParse(frame).success).toBe(true);
  });

  const wrongFields: [string, object, object][] = [
    ['a missing field', { text: undefined, conversation }, { code: 'bad-request', pointer: '/text' }],
    ['an unknown field', { conversation, colour: 'red' }, { code: 'bad-request', pointer: '/colour' }],
    [
      'a field that needs escaping',
      { conversation, 'a/b~c': 1 },
      { code: 'bad-request', pointer: '/a~1b~0c' },
    ],
    ['a field of the wrong kind', { conversation, text: 7 }, { code: 'bad-request', pointer: '/text' }],
    ['text that is empty', { conversation, text: '' }, { code: 'bad-request', pointer: '/text' }],
    [
      'text over the limit',
      { conversation, text: 'é'.repeat(8_193) },
      { code: 'too-large', pointer: '/text' },
    ],
    ['half a surrogate pair', { conversation, text: 'a\ud800' }, { code: 'bad-request', pointer: '/text' }],
    [
      'a type over the limit',
      { conversation, type: 'x'.repeat(33) },
      { code: 'too-large', pointer: '/type' },
    ],
    ['a key too short', { conversation, key: 'short' }, { code: 'bad-request', pointer: '/key' }],
    [
      'an `after` that is no number',
      { conversation, after: '7' },
      { code: 'bad-request', pointer: '/after' },
    ],
    ['an `after` without a key', { conversation, after: 1 }, { code: 'bad-request', pointer: '/after' }],
    ['an `after` below zero', { conversation, after: -1 }, { code: 'bad-request', pointer: '/after' }],
    [
      'a `replyTo` that is no number',
      { conversation, replyTo: 1.5 },
      { code: 'bad-request', pointer: '/replyTo' },
    ],
    ['neither `conversation` nor `to`', {}, { code: 'bad-request', pointer: '/conversation' }],
    ['both of them', { conversation, to: aUser() }, { code: 'bad-request', pointer: '/conversation' }],
    [
      'a conversation that is malformed',
      { conversation: 'x' },
      { code: 'bad-request', pointer: '/conversation' },
    ],
    ['a conversation that is unknown', { conversation }, { code: 'not-found' }],
    ['a user who is unknown', { to: aUser() }, { code: 'not-found', pointer: '/to' }],
  ];
  test.each(wrongFields)('%s', async (_what, more, expected) => {
    const frame = await send(more);
    expect(frame).toMatchObject({ type: 'error', id: 'q1', retryable: false, ...expected });
  });

  test('a field 10 000 deep', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const frame = await answerTo(
      `{"action":"sendMessage","id":"q1","conversation":"${conversation}","text":${deep}}`,
    );
    expect(frame).toMatchObject({ id: 'q1', code: 'bad-request', pointer: '/text' });
  });

  test('a key named like the prototype', async () => {
    const frame = await answerTo(
      `{"action":"sendMessage","id":"q1","text":"x","conversation":"${conversation}","__proto__":{"a":1}}`,
    );
    expect(frame).toMatchObject({ id: 'q1', code: 'bad-request', pointer: '/__proto__' });
  });

  test('oneself', async () => {
    expect(await send({ to: ann.user })).toMatchObject({ code: 'bad-request', pointer: '/to' });
  });

  test.each([{}, { action: 'dance' }, { action: 7 }, { action: 'dance', event: 'message:message' }])(
    'no such action: %j',
    async (frame) => {
      const answer = await answerTo(JSON.stringify(frame), 'default');
      expect(answer).toMatchObject({ code: 'unknown-action', pointer: '/action' });
    },
  );

  test.each(['dance', 'constructor', 7, {}])('no such event: %j', async (event) => {
    const answer = await answerTo(JSON.stringify({ event }), 'default');
    expect(answer).toMatchObject({ code: 'unknown-action', pointer: '/event' });
  });

  test('the limit of a text is named in bytes', async () => {
    const frame = await send({ conversation, text: 'x'.repeat(limits.textBytes + 1) });
    expect(frame.message).toContain(`${limits.textBytes} bytes`);
  });

  test('a text of exactly the limit is taken, and its push fits a frame', async () => {
    const bob = await connectAs(app);
    const group = await aGroup(app, ann, bob);
    for (const letter of ['x', 'é', '\\', '\u0001']) {
      const width = Buffer.byteLength(JSON.stringify(letter)) - 2;
      const text = letter.repeat(Math.floor(limits.textBytes / width));
      expect(await send({ conversation: group, text })).toMatchObject({ type: 'ack' });
    }
    expect(bob.pushed).toHaveLength(4);
    for (const pushed of bob.pushed) {
      expect(Buffer.byteLength(JSON.stringify(pushed))).toBeLessThanOrEqual(limits.frameBytes);
    }
  });
});

describe('an exception that nobody expected', () => {
  const secret = 'SELECT password FROM users; eyJhbGciOi';
  const broken = (error: Error) =>
    onFrame(
      Ping,
      async () => Promise.reject(error),
      () => ({}),
    );

  test.each([
    ['a fault of ours', new TypeError(secret), 'internal'],
    [
      'a store that is away',
      new AppError('unavailable', 'unable to reach it', { cause: new Error(secret) }),
      'unavailable',
    ],
  ])('%s says nothing of itself, to clients or in the log', async (_what, error, code) => {
    const { body } = await broken(error)(frameEvent(ann, '{"action":"ping","id":"p1"}'), context);
    expect(JSON.parse(body ?? '')).toMatchObject({ type: 'error', id: 'p1', code, retryable: true });
    expect(body).not.toContain('SELECT');
    expect(lines.join('\n')).not.toContain('SELECT');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'frame.refused',
      code,
      request: 'a-request',
      connection: ann.connection,
    });
  });
});

describe('the log', () => {
  test('holds no text of a message, whatever became of it', async () => {
    await send({ conversation: aConversation(), text: 'a secret' });
    await send({ text: 'a secret' });
    await answerTo('{"text":"a secret"');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain('a secret');
  });
});

describe('several actions in one function', () => {
  const handler = () => onFrames({ ping: [Ping, ping], help: [Help, help] }, () => app);
  const answerOf = async (body: object) => {
    const { body: answer } = await handler()(frameEvent(ann, JSON.stringify(body)), context);
    return JSON.parse(answer ?? '');
  };

  test('are told apart by their name, each with its own schema', async () => {
    expect(await answerOf({ action: 'ping', id: '1' })).toMatchObject({ type: 'pong', id: '1' });
    expect(await answerOf({ action: 'help' })).toMatchObject({ type: 'help' });
    const wrong = await answerOf({ action: 'help', every: 5 });
    expect(wrong).toMatchObject({ code: 'bad-request', pointer: '/every' });
  });

  test.each(['sendMessage', '__proto__', 7])('and no other is taken: %s', async (action) => {
    expect(await answerOf({ action, id: '2' })).toMatchObject({ code: 'unknown-action', id: '2' });
  });
});

describe('ping and help', () => {
  test('a ping is answered with the head of the inbox', async () => {
    const pong = await answerTo('{"action":"ping","id":"p1","every":5}', 'ping');
    expect(pong).toEqual({ type: 'pong', id: 'p1', inbox: { epoch: expect.any(String), version: 0 } });
  });

  test('a ping of a connection that Redis forgot says so', async () => {
    app.keys.wipe();
    expect(await answerTo('{"action":"ping"}', 'ping')).toMatchObject({
      code: 'unknown-connection',
      retryable: true,
    });
  });

  test('help lists every action with a line to paste that is right', async () => {
    const { actions: listed } = await answerTo('{"action":"help"}', 'help');
    expect(listed.map(({ action }: { action: string }) => action)).toEqual(Object.keys(actions));
    for (const { action, example } of listed) {
      const { frame } = actions[action as keyof typeof actions];
      expect(frame.safeParse(JSON.parse(example)).success).toBe(true);
    }
  });

  test('help explains one action by its JSON Schema', async () => {
    const explained = await answerTo('{"action":"help","topic":"sendMessage"}', 'help');
    expect(explained).toMatchObject({
      type: 'help',
      action: 'sendMessage',
      schema: { $ref: '#/$defs/SendMessage' },
    });
    expect(await answerTo('{"action":"help","topic":"dance"}', 'help')).toMatchObject({
      code: 'bad-request',
      pointer: '/topic',
    });
  });

  test('every answer is a frame of the schema, and fits one', async () => {
    const group = await aGroup(app, ann, await connectAs(app));
    const answers = [
      await send({ conversation: group }),
      await send({ conversation: aConversation() }),
      await answerTo('{"action":"ping"}', 'ping'),
      await answerTo('{"action":"help"}', 'help'),
      await answerTo('{"action":"help","topic":"sendMessage"}', 'help'),
    ];
    for (const answer of answers) {
      const schema = serverFrames[answer.type as keyof typeof serverFrames];
      expect(schema.safeParse(answer).success).toBe(true);
      expect(JSON.stringify(answer).length).toBeLessThan(limits.frameBytes);
    }
  });
});
