import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Client, openClient } from '../support/client.ts';
import { type Door, deploy, echo, responding, type Started, startDoor } from './deploy.ts';

const says = (what: string) => `exports.handler = async () => (${what});`;

let door: Door;
let gateway: Started;
let client: Client;
beforeAll(async () => {
  door = await startDoor();
  const functions = {
    default: { code: echo, events: [responding('$default')] },
    chat: { code: echo, events: [responding('chat'), responding('7'), responding('["a"]')] },
    connect: { code: echo, events: [{ websocket: { route: '$connect' } }] },
    mute: { code: echo, events: [{ websocket: { route: 'mute' } }] },
    throws: {
      code: `exports.handler = async () => { throw new Error('no'); };`,
      events: [responding('throws')],
    },
    nothing: { code: says('undefined'), events: [responding('nothing')] },
    refuses: { code: says(`{ statusCode: 400, body: 'mine' }`), events: [responding('refuses')] },
    object: { code: says(`{ statusCode: 200, body: {} }`), events: [responding('object')] },
    empty: { code: says(`{ statusCode: 200 }`), events: [responding('empty')] },
    waits: {
      code: `exports.handler = async (event) => {
        const { id } = JSON.parse(event.body);
        await fetch('${door.url}/' + id);
        return { statusCode: 200, body: JSON.stringify({ id }) };
      };`,
      events: [responding('waits')],
    },
  };
  gateway = await deploy(functions);
  client = await openClient(gateway.wsUrl, {});
});
afterAll(async () => {
  await client.close();
  await gateway.stop();
  await door.stop();
});

const ask = async (text: string) => {
  const before = client.frames.length;
  client.send(text);
  return client.next((frame) => client.frames.indexOf(frame) >= before);
};

describe('the route of a message is what $request.body.action says (platform.md 1.2)', () => {
  test.each([
    ['{"action":"chat"}', 'chat'],
    ['{"action":7}', '7'],
    ['{"action":["a"]}', '["a"]'],
    ['{"action":"Chat"}', '$default'],
    ['{"action":null}', '$default'],
    ['{"action":{"a":1}}', '$default'],
    ['{"action":"$connect"}', '$default'],
    ['{}', '$default'],
    ['[]', '$default'],
    ['null', '$default'],
    ['not JSON', '$default'],
  ])('%s takes %s', async (text, route) => {
    const { event } = await ask(text);
    expect(event.requestContext.routeKey).toBe(route);
    expect(event.body).toBe(text);
  });

  test('and without $default the client gets the frame "Forbidden"', async () => {
    const own = await deploy({ chat: { code: echo, events: [responding('chat')] } });
    const other = await openClient(own.wsUrl, {});
    other.send('{"action":"dance"}');
    const connectionId = own.connections()[0];
    expect(await other.next(() => true)).toEqual({
      message: 'Forbidden',
      connectionId,
      requestId: expect.any(String),
    });
    await other.close();
    await own.stop();
  });
});

describe('the event of a message', () => {
  test('has no headers and no query, and an id of its own (platform.md 1.2)', async () => {
    const { event } = await ask('{"action":"chat"}');
    expect(event).toEqual({
      requestContext: {
        routeKey: 'chat',
        messageId: expect.any(String),
        eventType: 'MESSAGE',
        extendedRequestId: expect.any(String),
        requestTime: expect.any(String),
        messageDirection: 'IN',
        stage: 'dev',
        connectedAt: expect.any(Number),
        requestTimeEpoch: expect.any(Number),
        identity: { sourceIp: '127.0.0.1' },
        requestId: expect.any(String),
        domainName: expect.any(String),
        connectionId: gateway.connections()[0],
        apiId: 'localsocket',
      },
      body: '{"action":"chat"}',
      isBase64Encoded: false,
    });
  });
});

describe('the answer of a handler', () => {
  test('reaches the client only where the route has a response (platform.md 1.2)', async () => {
    client.send('{"action":"mute"}');
    await gateway.seen((event) => event.requestContext.routeKey === 'mute');
    client.send('{"action":"empty"}');
    const { event } = await ask('{"action":"chat","mark":"after both"}');
    await gateway.freeze();
    expect(event.body).toContain('after both');
    expect(JSON.stringify(client.frames)).not.toContain('"routeKey":"mute"');
  });

  test.each(['throws', 'nothing', 'refuses', 'object'])(
    'that %s becomes the frame of the gateway, with the ids (platform.md 1.2, 5.3)',
    async (action) => {
      expect(await ask(JSON.stringify({ action }))).toEqual({
        message: 'Internal server error',
        connectionId: gateway.connections()[0],
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
      });
    },
  );

  test('that comes after the integration timeout comes to nobody (platform.md 1.1)', async () => {
    const waits = `exports.handler = async (event) => {
      await fetch('${door.url}/late');
      see('done');
      return { statusCode: 200, body: '{"late":true}' };
    };`;
    const own = await deploy(
      { waits: { code: waits, events: [responding('$default')] } },
      { limits: { integrationMs: 20 } },
    );
    const other = await openClient(own.wsUrl, {});
    other.send('x');
    expect(await other.next(() => true)).toMatchObject({ message: 'Internal server error' });
    // API Gateway gives up; the function does not.
    await door.open('late');
    await own.seen((event) => event === 'done');
    await own.freeze();
    await other.close();
    expect(other.frames).toHaveLength(1);
    await own.stop();
  });
});

describe('messages of one connection', () => {
  test('run in parallel: the second may be answered before the first (platform.md 1.4)', async () => {
    const before = client.frames.length;
    client.send('{"action":"waits","id":"first"}');
    client.send('{"action":"waits","id":"second"}');
    await Promise.all([door.knocked('first'), door.knocked('second')]);
    await door.open('second');
    await client.next(({ id }) => id === 'second');
    await door.open('first');
    await client.next(({ id }) => id === 'first');
    expect(client.frames.slice(before).map(({ id }) => id)).toEqual(['second', 'first']);
  });

  test('outlive it: what runs goes on, and its answer comes to nobody', async () => {
    const other = await openClient(gateway.wsUrl, {});
    other.send('{"action":"waits","id":"left"}');
    await door.knocked('left');
    await other.close();
    await door.open('left');
    await gateway.freeze();
    expect(other.frames).toEqual([]);
  });
});
