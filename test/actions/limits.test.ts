import { beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../lib/actions/connections/connect.ts';
import { ping } from '../../lib/actions/connections/ping.ts';
import { postMessage, sendMessage } from '../../lib/actions/messages/send.ts';
import { operate } from '../../lib/actions/operate/operate.ts';
import { createPolicy, type Policy } from '../../lib/policy.ts';
import type { ConversationId, Key } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import {
  aGroup,
  away,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
  withoutRedis,
} from '../support/app.ts';
import { aConnection, aKey } from '../support/ids.ts';

let app: TestApp;
let ann: Person;
let conversation: ConversationId;
beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
  conversation = await aGroup(app, ann);
});

const policyOver = (on: TestApp, sendsByRole: Record<string, number> = {}): Policy =>
  createPolicy({
    clock: on.clock,
    settings: on.settings,
    sends: 4,
    sendsByRole: new Map(Object.entries(sendsByRole)),
    strangers: limits.strangers,
    registers: true,
  });
const send = (by: Person, on: TestApp = app, key?: Key) =>
  performed(
    on,
    sendMessage(on, by, {
      action: 'sendMessage',
      conversation,
      text: 'hello',
      type: 'text',
      ...(key && { key }),
    }),
  );
/** How many are accepted before the first refusal. */
const accepted = async (act: () => Promise<unknown>) => {
  for (let count = 0; ; count++) {
    try {
      await act();
    } catch (error) {
      expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
      return count;
    }
  }
};

describe('sends', () => {
  test('have a window by the role that the token says, on the socket and over HTTP', async () => {
    const on = { ...app, policy: policyOver(app, { bot: 9 }) };
    expect(await accepted(() => send(ann, on))).toBe(4);
    const bot = { ...(await connectAs(app, ann.user)), role: 'bot' };
    await app.clock.pass(1_000);
    expect(await accepted(() => send(bot, on))).toBe(9);
    await app.clock.pass(1_000);
    const post = { text: 'hello', type: 'text' };
    expect(await accepted(() => performed(on, postMessage(on, bot, conversation, post)))).toBe(9);
  });

  test('are scaled by the factor that an operator sets, within 10 s', async () => {
    const on = { ...app, policy: policyOver(app) };
    expect(await accepted(() => send(ann, on))).toBe(4);
    expect(await operate(app, { factor: 0.5 })).toEqual({ factor: 0.5 });
    await app.clock.pass(9_999);
    expect(await accepted(() => send(ann, on))).toBe(4);
    await app.clock.pass(1_000);
    expect(await accepted(() => send(ann, on))).toBe(2);
    await app.clock.pass(86_400_000);
    ann = await connectAs(app, ann.user);
    expect(await accepted(() => send(ann, on))).toBe(4);
  });

  test('are never stopped by a factor', async () => {
    await operate(app, { factor: 0.01 });
    expect(await policyOver(app).sendWindow('user')).toEqual({ count: 1, windowMs: 1_000 });
  });

  test('keep the last factor while Redis is away', async () => {
    await operate(app, { factor: 2 });
    let settings = app.settings;
    const policy = policyOver({ ...app, settings: { ...settings, factor: () => settings.factor() } });
    expect(await policy.sendWindow('user')).toMatchObject({ count: 8 });
    settings = away();
    await app.clock.pass(10_000);
    expect(await policy.sendWindow('user')).toMatchObject({ count: 8 });
  });

  test('that were stored already are told so, until the window is full', async () => {
    const key = aKey() as Key;
    const first = await send(ann, app, key);
    expect(await send(ann, app, key)).toMatchObject({ seq: first.seq });
  });
});

describe('frames of one connection', () => {
  const beat = (by: Person) => performed(app, ping(app, by, { action: 'ping' }));

  test('are counted whatever they ask, each connection by itself', async () => {
    const tablet = await connectAs(app, ann.user);
    await send(ann);
    expect(await accepted(() => beat(ann))).toBe(limits.frames.count - 1);
    expect(await refusal(send(ann))).toMatchObject({ code: 'rate-limited' });
    expect(await accepted(() => beat(tablet))).toBe(limits.frames.count);
    await app.clock.pass(limits.frames.windowMs);
    expect(await beat(ann)).toMatchObject({ type: 'pong' });
  });

  test('that are refused take nothing from the sends', async () => {
    await accepted(() => beat(ann));
    for (let i = 0; i < 10; i++) await refusal(send(ann));
    const tablet = await connectAs(app, ann.user);
    expect(await accepted(() => send(tablet))).toBe(5);
  });
});

describe('handshakes of one user', () => {
  const knock = (on: TestApp) =>
    connect(on, { ...ann, connection: aConnection() }, { origin: undefined, allowed: [] });

  test('are counted over all devices', async () => {
    expect(await accepted(() => knock(app))).toBe(limits.connects.count);
    const { length } = await app.connections.of(ann.user);
    await refusal(knock(app));
    expect(await app.connections.of(ann.user)).toHaveLength(length);
    await app.clock.pass(limits.connects.windowMs);
    await knock(app);
  });

  test('are counted by this container while Redis is away', async () => {
    const cold = withoutRedis(app);
    for (let i = 0; i < limits.connects.count; i++) {
      expect(await refusal(knock(cold))).toMatchObject({ code: 'unavailable' });
    }
    expect(await refusal(knock(cold))).toMatchObject({ code: 'rate-limited' });
  });
});
