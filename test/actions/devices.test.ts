import { beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from '../../lib/actions/connections/connect.ts';
import { refreshToken } from '../../lib/actions/connections/refresh-token.ts';
import { listDevices } from '../../lib/actions/devices/list.ts';
import { revokeDevice } from '../../lib/actions/devices/revoke.ts';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { authorize } from '../../lib/actions/users/authorize.ts';
import type { ConnectedCaller } from '../../lib/caller.ts';
import type { ConversationId, DeviceId } from '../../schema/ids.ts';
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
import { aConnection, aDevice } from '../support/ids.ts';
import { registerIn } from '../support/registering.ts';

let app: TestApp;
let ann: Person;
let tablet: Person;
let bob: Person;
let conversation: ConversationId;
beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
  await app.clock.pass(1);
  tablet = await connectAs(app, ann.user);
  bob = await connectAs(app);
  conversation = await aGroup(app, ann, bob);
  tablet.pushed.length = 0;
});

const send = (by: ConnectedCaller, on: TestApp = app) =>
  performed(on, sendMessage(on, by, { action: 'sendMessage', conversation, text: 'hello', type: 'text' }));
const revoke = (device: DeviceId, on: TestApp = app) => revokeDevice(on, ann, device);

describe('devices', () => {
  test('are listed newest first, with the one that asks and how often each is connected', async () => {
    await registerIn(app.connections, { ...tablet, connection: bob.connection });
    expect((await listDevices(app, ann)).reply.items).toEqual([
      { id: tablet.device, createdAt: ann.expiresAt - 3_600_000 + 1, connections: 2 },
      { id: ann.device, createdAt: ann.expiresAt - 3_600_000, current: true, connections: 1 },
    ]);
  });

  test('that are revoked are not listed', async () => {
    await revoke(tablet.device);
    const { items } = (await listDevices(app, ann)).reply;
    expect(items.map(({ id }) => id)).toEqual([ann.device]);
  });

  test('of others cannot be revoked', async () => {
    for (const device of [bob.device, aDevice()]) {
      expect(await refusal(revoke(device))).toMatchObject({ code: 'not-found' });
    }
    expect(await send(bob)).toMatchObject({ type: 'ack' });
  });
});

describe('after a revocation', () => {
  test('its connections are told and closed, and no other', async () => {
    await revoke(tablet.device);
    expect(tablet.pushed).toEqual([{ type: 'goodbye', code: 'revoked', reconnect: false, afterMs: 0 }]);
    expect([...app.sockets.keys()]).toEqual([ann.connection, bob.connection]);
    expect(ann.pushed).toEqual([]);
  });

  test('the device sends nothing and gets nothing', async () => {
    await revoke(tablet.device);
    expect(await refusal(send(tablet))).toMatchObject({ code: 'revoked' });
    tablet.pushed.length = 0;
    await send(bob);
    expect(tablet.pushed).toEqual([]);
    expect(ann.pushed).toMatchObject([{ type: 'message.new' }]);
  });

  test('a Redis that forgot everything does not bring it back', async () => {
    await revoke(tablet.device);
    app.keys.wipe();
    expect(await refusal(send(tablet))).toMatchObject({ code: 'revoked' });
    expect(await refusal(send(tablet, withoutRedis(app)))).toMatchObject({ code: 'revoked' });
    expect(await app.connections.of(ann.user)).toEqual([]);
  });

  test('a handshake that was let in before is refused, for 5 minutes', async () => {
    await revoke(tablet.device);
    const asked = { origin: undefined, allowed: [] };
    expect(await refusal(connect(app, tablet, asked))).toMatchObject({ code: 'revoked' });
    await app.clock.pass(299_999);
    expect(await refusal(connect(app, tablet, asked))).toMatchObject({ code: 'revoked' });
    await connect(app, { ...tablet, device: ann.device, connection: aConnection() }, asked);
  });

  test('nor does a handshake that is under way, or registers late', async () => {
    const { token } = await app.tokens.issue(tablet);
    const caller = { ...(await authorize(app, { token })), connection: aConnection() };
    await revoke(tablet.device);
    app.keys.wipe();
    const asked = { origin: undefined, allowed: [] };
    expect(await refusal(connect(app, caller, asked))).toMatchObject({ code: 'unavailable' });
    expect(await app.connections.of(ann.user)).toEqual([]);
    expect(await refusal(send(caller))).toMatchObject({ code: 'revoked' });
  });

  test('nor does a frame that read the row before', async () => {
    app.keys.wipe();
    const late: TestApp = {
      ...app,
      users: {
        ...app.users,
        device: async (user, device) => {
          const before = await app.users.device(user, device);
          await app.users.revoke(user, device, app.clock.now());
          app.keys.wipe();
          return before;
        },
      },
    };
    const { token } = await app.tokens.issue(tablet);
    const refreshing = refreshToken(late, tablet, { action: 'refreshToken', token });
    expect(await refusal(refreshing)).toMatchObject({ code: 'unavailable' });
    expect(await app.connections.of(ann.user)).toEqual([]);
  });

  test('a newer token of the device is worth nothing', async () => {
    const { token } = await app.tokens.issue(tablet);
    await revoke(tablet.device);
    const refreshing = refreshToken(app, tablet, { action: 'refreshToken', token });
    expect(await refusal(refreshing)).toMatchObject({ code: 'revoked' });
  });

  test('a frame that read the row before is refused by the mark', async () => {
    const { token } = await app.tokens.issue(tablet);
    const late: TestApp = {
      ...app,
      users: {
        ...app.users,
        device: async (user, device) => {
          const before = await app.users.device(user, device);
          if (before?.revokedAt === undefined) await revoke(tablet.device);
          return before;
        },
      },
    };
    const refreshing = refreshToken(late, tablet, { action: 'refreshToken', token });
    expect(await refusal(refreshing)).toMatchObject({ code: 'revoked' });
    expect(await app.connections.of(ann.user)).toHaveLength(1);
  });
});

describe('with Redis away', () => {
  test('the device is revoked, and the answer is unavailable', async () => {
    expect(await refusal(revoke(tablet.device, withoutRedis(app)))).toMatchObject({ code: 'unavailable' });
    expect(await app.users.device(ann.user, tablet.device)).toMatchObject({
      revokedAt: app.clock.now(),
    });
  });

  test('the same again closes what stayed open, and does not move the revocation', async () => {
    await refusal(revoke(tablet.device, withoutRedis(app)));
    const revokedAt = app.clock.now();
    await app.clock.pass(1_000);
    expect((await revoke(tablet.device)).reply).toEqual({});
    expect(tablet.pushed).toMatchObject([{ type: 'goodbye', code: 'revoked' }]);
    expect(await app.users.device(ann.user, tablet.device)).toMatchObject({ revokedAt });
  });
});
