import { beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../lib/actions/connections/connect.ts';
import { disconnect } from '../../lib/actions/connections/disconnect.ts';
import { ping } from '../../lib/actions/connections/ping.ts';
import { refreshToken } from '../../lib/actions/connections/refresh-token.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { operate } from '../../lib/actions/operate/operate.ts';
import { sync } from '../../lib/actions/sync/sync.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import {
  aGroup,
  connectAs,
  type Person,
  performed,
  refusal,
  type TestApp,
  testApp,
  withoutRedis,
} from '../support/app.ts';
import { aConnection, aConversation } from '../support/ids.ts';
import { registerIn } from '../support/registering.ts';

let app: TestApp;
let ann: Person;
const hourMs = 3_600_000;
beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
});

const refresh = (by: Person, token: string, on: TestApp = app) =>
  refreshToken(on, by, { action: 'refreshToken', id: '1', token });
const tokenOf = async ({ user, device }: Person) => app.tokens.issue({ user, device, role: 'user' });
const liveOf = async ({ user }: Person) => (await app.connections.mark(user, aConversation())).connections;

describe('a newer token', () => {
  test('lets the connection go on, though the gateway still says the old end', async () => {
    await app.clock.pass(hourMs / 2);
    const { token, expiresAt } = await tokenOf(ann);
    expect((await refresh(ann, token)).reply).toEqual({ type: 'ok', id: '1', expiresAt });
    await app.clock.pass(hourMs / 2 + 1);
    expect(ann.expiresAt).toBeLessThan(app.clock.now());
    const conversation = await aGroup(app, ann);
    const frame = { action: 'sendMessage' as const, conversation, text: 'hello', type: 'text' };
    expect(await performed(app, sendMessage(app, ann, frame))).toMatchObject({ type: 'ack' });
    expect(await liveOf(ann)).toEqual([{ connection: ann.connection, expiresAt }]);
  });

  test('that ends earlier takes nothing away', async () => {
    const later = app.clock.now() + 2 * hourMs;
    const lasting = { ...ann, connection: aConnection(), expiresAt: later };
    await registerIn(app.connections, lasting);
    const { token } = await tokenOf(ann);
    expect((await refresh(lasting, token)).reply).toMatchObject({ expiresAt: later });
  });

  test('brings back a connection that has expired, or that Redis forgot', async () => {
    await app.clock.pass(hourMs + 1);
    expect(await refusal(performed(app, ping(app, ann, { action: 'ping' })))).toMatchObject({
      code: 'token-expired',
    });
    const { token, expiresAt } = await tokenOf(ann);
    await refresh(ann, token);
    expect(await liveOf(ann)).toEqual([{ connection: ann.connection, expiresAt }]);
    app.keys.wipe();
    expect((await refresh(ann, token)).reply).toMatchObject({ expiresAt });
    expect(await liveOf(ann)).toEqual([{ connection: ann.connection, expiresAt }]);
  });

  test('is forgotten with Redis: then the old end counts', async () => {
    const conversation = await aGroup(app, ann);
    await refresh(ann, (await tokenOf(ann)).token);
    await app.clock.pass(hourMs + 1);
    app.keys.wipe();
    const frame = { action: 'sendMessage' as const, conversation, text: 'hello', type: 'text' };
    expect(await refusal(sendMessage(app, ann, frame))).toMatchObject({ code: 'token-expired' });
  });

  test.each([
    ['another user', async () => connectAs(app)],
    ['another device', async () => connectAs(app, ann.user)],
  ])('of %s is refused', async (_whose, other) => {
    const { token } = await tokenOf(await other());
    expect(await refusal(refresh(ann, token))).toMatchObject({ code: 'forbidden', pointer: '/token' });
  });

  test('that is no token, or no longer good, is refused', async () => {
    expect(await refusal(refresh(ann, 'x'))).toMatchObject({ code: 'unauthorized' });
    const { token } = await tokenOf(ann);
    await app.clock.pass(hourMs + 1_000);
    expect(await refusal(refresh(ann, token))).toMatchObject({ code: 'token-expired' });
  });

  test('waits while Redis is away', async () => {
    const { token } = await tokenOf(ann);
    expect(await refusal(refresh(ann, token, withoutRedis(app)))).toMatchObject({ code: 'unavailable' });
  });
});

describe('over the most connections of a user', () => {
  test('the oldest is told and closed, whichever way the new one came', async () => {
    const others: Person[] = [];
    for (let i = 1; i < limits.connectionsPerUser; i++) {
      await app.clock.pass(1);
      others.push(await connectAs(app, ann.user));
    }
    expect(app.sockets.has(ann.connection)).toBe(true);
    await app.clock.pass(1);
    await connect(app, { ...ann, connection: aConnection() }, { origin: undefined, allowed: [] });
    expect(ann.pushed).toEqual([{ type: 'goodbye', code: 'too-many', reconnect: false, afterMs: 0 }]);
    expect(app.sockets.has(ann.connection)).toBe(false);
    expect(others.flatMap(({ pushed }) => pushed)).toEqual([]);
    expect(await app.connections.of(ann.user)).toHaveLength(limits.connectionsPerUser);
  });
});

describe('an operator', () => {
  test('kicks a user, a device or a connection', async () => {
    const [tablet, bob] = [await connectAs(app, ann.user), await connectAs(app)];
    const one = { kick: { user: ann.user, connection: ann.connection } };
    expect(await operate(app, one)).toEqual({ closed: 1 });
    expect(ann.pushed).toEqual([{ type: 'goodbye', code: 'kicked', reconnect: false, afterMs: 0 }]);
    expect(await operate(app, { kick: { user: ann.user, device: tablet.device } })).toEqual({ closed: 1 });
    expect(await operate(app, { kick: { user: bob.user } })).toEqual({ closed: 1 });
    expect(await operate(app, { kick: { user: bob.user } })).toEqual({ closed: 0 });
    expect(app.sockets.size).toBe(0);
  });

  test('drains: everybody is asked to come back at a moment of his own, who stays is closed', async () => {
    const people = [ann, ...(await Promise.all(Array.from({ length: 5 }, () => connectAs(app))))];
    for (const { user } of people) await app.beats.ask(user, { inMs: 60_000, brisk: false });
    await app.clock.pass(1);
    const { asked, before } = await operate(app, { drain: { overMs: 60_000 } });
    expect(asked).toBe(people.length);
    for (const { pushed } of people) {
      expect(pushed).toEqual([
        { type: 'goodbye', code: 'draining', reconnect: true, afterMs: expect.any(Number) },
      ]);
      expect(pushed[0]?.afterMs).toBeLessThanOrEqual(60_000);
    }
    expect(app.sockets.size).toBe(people.length);
    expect(new Set(people.map(({ pushed }) => pushed[0]?.afterMs)).size).toBeGreaterThan(1);

    await app.clock.pass(60_000);
    const back = await connectAs(app, ann.user);
    expect(await operate(app, { drain: { before: Number(before) } })).toEqual({ closed: people.length });
    expect([...app.sockets.keys()]).toEqual([back.connection]);
    expect(back.pushed).toEqual([]);
  });
});

describe('a connection that has ended', () => {
  const say = (by: Person, conversation: ConversationId) =>
    sendMessage(app, by, { action: 'sendMessage', conversation, text: 'hello', type: 'text' });

  test.each([
    ['kicked', () => operate(app, { kick: { user: ann.user } })],
    ['closed', () => disconnect(app, ann)],
  ])('since it was %s does not come back by a frame that was under way', async (_how, end) => {
    const conversation = await aGroup(app, ann);
    await end();
    const { token } = await tokenOf(ann);
    for (const frame of [
      () => say(ann, conversation),
      () => sync(app, ann, { action: 'sync' }),
      () => refresh(ann, token),
      () => connect(app, ann, { origin: undefined, allowed: [] }),
    ]) {
      expect(await refusal(frame())).toMatchObject({ code: 'unknown-connection' });
    }
    expect(await app.connections.of(ann.user)).toEqual([]);
  });

  test('is closed by its next frame, should its goodbye have been lost', async () => {
    const conversation = await aGroup(app, ann);
    await app.connections.drop(ann.user, {});
    await refusal(say(ann, conversation));
    expect(app.sockets.has(ann.connection)).toBe(false);
  });

  test('leaves its user to others', async () => {
    const conversation = await aGroup(app, ann);
    await operate(app, { kick: { user: ann.user } });
    const back = { ...ann, connection: aConnection() };
    await connect(app, back, { origin: undefined, allowed: [] });
    expect(await performed(app, say(back, conversation))).toMatchObject({ type: 'ack' });
  });
});
