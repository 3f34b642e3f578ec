import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { openClient } from '../support/client.ts';
import { deploy, echo, responding, type Started } from './deploy.ts';

jest.setTimeout(30_000);

const functions = {
  default: {
    code: `exports.handler = async ({ body, requestContext: { connectionId } }) => {
      see({ body: body.slice(0, 9), connectionId });
      return { statusCode: 200, body: JSON.stringify({ bytes: body.length }) };
    };`,
    events: [responding('$default')],
  },
  disconnect: { code: echo, events: [{ websocket: { route: '$disconnect' } }] },
  large: {
    code: `exports.handler = async () => ({ statusCode: 200, body: JSON.stringify('x'.repeat(100_000)) });`,
    events: [responding('large')],
  },
};

const kilobyte = 1_024;
let gateway: Started;
beforeAll(async () => {
  gateway = await deploy(functions);
});
afterAll(() => gateway.stop());

/** A socket that sends frames of its own making. */
const openRaw = async (url = gateway.wsUrl) => {
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return {
    socket,
    closed,
    answer: () => new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data)))),
  };
};
const disconnectOf = (connection: string | undefined) =>
  gateway.seen(
    ({ requestContext }) =>
      requestContext?.connectionId === connection && requestContext.routeKey === '$disconnect',
  );

describe('a frame', () => {
  test('of 32 KB comes through (platform.md 1.1)', async () => {
    const { socket, answer, closed } = await openRaw();
    socket.send('x'.repeat(32 * kilobyte));
    expect(await answer()).toBe(`{"bytes":${32 * kilobyte}}`);
    socket.close();
    await closed;
  });

  test('of one byte more closes with 1009; what came before counts, what comes after not (1.1)', async () => {
    const { socket, closed } = await openRaw();
    const connection = gateway.connections().at(-1);
    socket.send('before');
    socket.send('x'.repeat(32 * kilobyte + 1));
    socket.send('after');
    expect(await closed).toBe(1009);
    const { requestContext } = await disconnectOf(connection);
    expect(requestContext.disconnectStatusCode).toBe(1009);
    await gateway.seen(({ body, connectionId }) => body === 'before' && connectionId === connection);
    await gateway.freeze();
    const bodies = gateway.log().match(new RegExp(`"body":"[^"]*","connectionId":"${connection}"`, 'g'));
    expect(bodies).toEqual([`"body":"before","connectionId":"${connection}"`]);
  });

  test('that is binary closes the connection with 1003 (platform.md 1.2)', async () => {
    const { socket, closed } = await openRaw();
    socket.send(Buffer.from('{"action":"ping"}'));
    expect(await closed).toBe(1003);
  });
});

describe('a message', () => {
  const sendInFrames = (socket: WebSocket, bytes: number) => {
    for (let left = bytes; left > 0; left -= 32 * kilobyte) {
      socket.send('x'.repeat(Math.min(left, 32 * kilobyte)), { fin: left <= 32 * kilobyte });
    }
  };

  test('of 128 KB comes through in frames of 32 (platform.md 1.1)', async () => {
    const { socket, answer, closed } = await openRaw();
    sendInFrames(socket, 128 * kilobyte);
    expect(await answer()).toBe(`{"bytes":${128 * kilobyte}}`);
    socket.close();
    await closed;
  });

  test('of one byte more closes the connection with 1009 (platform.md 1.1)', async () => {
    const { socket, closed } = await openRaw();
    sendInFrames(socket, 128 * kilobyte + 1);
    expect(await closed).toBe(1009);
  });

  test('to the client leaves in frames of at most 32 KB (platform.md 1.1)', async () => {
    const { port, pathname } = new URL(gateway.wsUrl);
    const socket = connect(Number(port), '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    const untilReceived = async (bytes: number) => {
      while (Buffer.concat(received).length < bytes)
        await new Promise((resolve) => socket.once('data', resolve));
    };
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await untilReceived(1);
    received.length = 0;
    const ask = Buffer.from('{"action":"large"}');
    // A masked text frame, its mask all zeros.
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | ask.length, 0, 0, 0, 0]), ask]));
    // 100 002 bytes: three frames of 32 KB with heads of 4 bytes, and the rest.
    await untilReceived(4 * 4 + 100_002);
    const bytes = Buffer.concat(received);
    const heads = [0, 1, 2, 3].map((i) => bytes.subarray(i * (4 + 32 * kilobyte)));
    expect(heads.map((head) => [head[0], head.readUInt16BE(2)])).toEqual([
      [0x01, 32 * kilobyte],
      [0x00, 32 * kilobyte],
      [0x00, 32 * kilobyte],
      [0x80, 100_002 - 3 * 32 * kilobyte],
    ]);
    socket.destroy();
  });
});

describe('a connection', () => {
  test('that is silent for too long is closed with 1001, and $disconnect says so (platform.md 1.1)', async () => {
    const own = await deploy(functions, { limits: { idleMs: 20 } });
    const client = await openClient(own.wsUrl, {});
    expect(await client.closed).toEqual({ code: 1001 });
    expect(await own.seen(({ requestContext }) => requestContext.routeKey === '$disconnect')).toMatchObject({
      requestContext: { disconnectStatusCode: 1001, disconnectReason: 'Going away' },
    });
    await own.stop();
  });

  test('is not kept by ping frames (the strict reading: AWS does not say)', async () => {
    const own = await deploy(functions, { limits: { idleMs: 200 } });
    const { socket, closed } = await openRaw(own.wsUrl);
    let pongs = 0;
    socket.on('pong', () => {
      pongs++;
      socket.ping();
    });
    socket.ping();
    expect(await closed).toBe(1001);
    expect(pongs).toBeGreaterThan(0);
    await own.stop();
  });

  test('is kept by messages, but no longer than its two hours (platform.md 1.1)', async () => {
    const own = await deploy(functions, { limits: { idleMs: 1_500, connectionMs: 3_000 } });
    const { socket, closed } = await openRaw(own.wsUrl);
    const openedAt = Date.now();
    let answeredAt = openedAt;
    socket.on('message', () => {
      answeredAt = Date.now();
      socket.send('again');
    });
    socket.send('first');
    expect(await closed).toBe(1001);
    // It was spoken to beyond what silence would have allowed.
    expect(answeredAt - openedAt).toBeGreaterThan(1_500);
    await own.stop();
  });

  test('that the client closes is told as it was closed (platform.md 1.2)', async () => {
    const close = async (how: (socket: WebSocket) => void) => {
      const { socket, closed } = await openRaw();
      const connection = gateway.connections().at(-1);
      how(socket);
      await closed;
      const { requestContext, headers } = await disconnectOf(connection);
      return { headers, code: requestContext.disconnectStatusCode, reason: requestContext.disconnectReason };
    };
    const headers = { Host: expect.any(String), 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
    const unset = 'Client-side close frame status not set';
    expect(await close((socket) => socket.close())).toEqual({ headers, code: 1005, reason: unset });
    expect(await close((socket) => socket.close(4_000, 'bye'))).toEqual({
      headers,
      code: 4_000,
      reason: 'bye',
    });
    expect(await close((socket) => socket.terminate())).toEqual({ headers, code: 1006, reason: '' });
  });

  test('may end without $disconnect, which is best effort (platform.md 1.2)', async () => {
    const { socket, closed } = await openRaw();
    const connection = gateway.connections().at(-1) ?? '';
    gateway.loseDisconnects(true);
    socket.close();
    await closed;
    gateway.loseDisconnects(false);
    const another = await openRaw();
    const kept = gateway.connections().at(-1);
    another.socket.close();
    await disconnectOf(kept);
    expect(gateway.log()).not.toContain(connection);
  });
});
