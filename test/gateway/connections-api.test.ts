import { createRequire } from 'node:module';
import {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { type GatewayOptions, posterGateway } from '../../lib/gateway/poster.ts';
import { sdkGateway } from '../../lib/gateway/sdk.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { type Client, openClient } from '../support/client.ts';
import { deploy, echo, responding, type Started } from './deploy.ts';

const sdk = createRequire(import.meta.url).resolve('@aws-sdk/client-apigatewaymanagementapi');
/** Posts to its own connection from inside `$connect`. */
const connect = `exports.handler = async ({ requestContext: { connectionId, domainName, stage } }) => {
  const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require(${JSON.stringify(sdk)});
  const client = new ApiGatewayManagementApiClient({ endpoint: 'http://' + domainName + '/' + stage });
  const post = new PostToConnectionCommand({ ConnectionId: connectionId, Data: '{"welcome":true}' });
  const { name, $metadata } = await client.send(post).catch((error) => error);
  see({ name, status: $metadata.httpStatusCode });
  return { statusCode: 200 };
};`;

const credentials = {
  accessKeyId: 'ASIALOCAL',
  secretAccessKey: 'a local secret',
  sessionToken: 'a local session',
};
let gateway: Started;
let options: GatewayOptions;
let client: Client;
let connection: ConnectionId;
beforeAll(async () => {
  gateway = await deploy(
    {
      connect: { code: connect, events: [{ websocket: { route: '$connect' } }] },
      disconnect: { code: echo, events: [{ websocket: { route: '$disconnect' } }] },
      default: { code: echo, events: [responding('$default')] },
    },
    { limits: { clientBufferBytes: 64 * 1_024 } },
  );
  const endpoint = gateway.wsUrl.replace('ws:', 'http:');
  options = { endpoint, region: 'us-east-1', credentials: async () => credentials };
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  client = await openClient(gateway.wsUrl, { headers: { 'user-agent': 'me' } });
  connection = gateway.connections().at(-1) as ConnectionId;
});
afterEach(() => client.close());

const unknown = 'AAAAAAAAAAAAAAA=' as ConnectionId;

describe.each([
  ['the poster', posterGateway],
  ['the SDK', sdkGateway],
])('%s', (_name, make) => {
  test('posts, is told of the gone and of the too large, and closes (platform.md 1.5, 5.2)', async () => {
    const port = make(options);
    expect(await port.post(connection, '{"text":"é"}')).toBe('sent');
    expect(await client.next(({ text }) => text === 'é')).toEqual({ text: 'é' });
    expect(await port.post(unknown, '{}')).toBe('gone');
    expect(await port.post(connection, JSON.stringify('x'.repeat(128 * 1_024 - 2)))).toBe('sent');
    expect(await port.post(connection, JSON.stringify('x'.repeat(128 * 1_024 - 1)))).toBe('too-large');
    expect(await port.close(unknown)).toBe('gone');
    expect(await port.close(connection)).toBe('closed');
    // At once, before the client has answered the close frame.
    expect(await port.post(connection, '{}')).toBe('gone');
    expect(await client.closed).toEqual({ code: 1000 });
    const disconnect = await gateway.seen(
      ({ requestContext }) =>
        requestContext?.connectionId === connection && requestContext.routeKey === '$disconnect',
    );
    expect(disconnect.requestContext).toMatchObject({
      disconnectStatusCode: 1000,
      disconnectReason: 'Connection Closed Normally',
    });
  });

  test('with a wrong secret, or none, is refused: a signature is needed (platform.md 1.5)', async () => {
    const wrong = { ...options, credentials: async () => ({ ...credentials, secretAccessKey: 'another' }) };
    const foreign = { ...options, credentials: async () => ({ ...credentials, accessKeyId: 'another' }) };
    for (const faulty of [wrong, foreign, { ...options, region: 'eu-west-1' }]) {
      expect(await make(faulty).post(connection, '{}')).toBe('failed');
    }
    expect(client.frames).toEqual([]);
  });

  test('without the stage in its endpoint is refused (platform.md 1.5)', async () => {
    const endpoint = options.endpoint.replace('/dev', '');
    expect(await make({ ...options, endpoint }).post(connection, '{}')).toBe('failed');
  });
});

describe('@connections', () => {
  const asked = (method: string) =>
    fetch(`${options.endpoint}/@connections/${encodeURIComponent(connection)}`, { method });

  test('refuses what is not signed with 403 (platform.md 1.5)', async () => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const response = await asked(method);
      expect(response.status).toBe(403);
      expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    }
  });

  test('names its errors as AWS does: GoneException (platform.md 1.5, 5.2)', async () => {
    const own = new ApiGatewayManagementApiClient({ ...options, credentials, maxAttempts: 1 });
    const post = new PostToConnectionCommand({ ConnectionId: unknown, Data: '{}' });
    await expect(own.send(post)).rejects.toMatchObject({
      name: 'GoneException',
      $metadata: { httpStatusCode: 410 },
    });
  });

  test('tells about a connection (platform.md 5.2)', async () => {
    const own = new ApiGatewayManagementApiClient({ ...options, credentials });
    const { $metadata, ...told } = await own.send(new GetConnectionCommand({ ConnectionId: connection }));
    expect($metadata.httpStatusCode).toBe(200);
    expect(told).toEqual({
      ConnectedAt: expect.any(Date),
      LastActiveAt: expect.any(Date),
      Identity: { SourceIp: '127.0.0.1', UserAgent: 'me' },
    });
  });

  test('knows no connection inside $connect: its handshake is not over (platform.md 1.2)', async () => {
    expect(await gateway.seen(({ name }) => name !== undefined)).toEqual({
      name: 'GoneException',
      status: 410,
    });
    expect(client.frames).toEqual([]);
  });

  test('answers 429 for a client that does not read, and for no other (platform.md 1.5)', async () => {
    const port = posterGateway(options);
    const silent = new WebSocket(gateway.wsUrl);
    await new Promise((resolve) => silent.once('open', resolve));
    const slow = gateway.connections().at(-1) as ConnectionId;
    silent.pause();
    let posted = '';
    while (posted !== 'slow') posted = await port.post(slow, JSON.stringify('x'.repeat(100_000)));
    expect(await port.post(connection, '{}')).toBe('sent');
    silent.terminate();
  });

  test('does to a post what a test wants, and keeps the record of all', async () => {
    const port = posterGateway(options);
    const before = gateway.posts().length;
    for (const wanted of [429, 500, 'lose', 'reset', 'hang'] as const) {
      gateway.interfere((post) => (post.connection === connection ? wanted : undefined));
      await port.post(connection, '{"n":1}');
    }
    gateway.interfere(undefined);
    await port.post(connection, '{"n":2}');
    await client.next(({ n }) => n === 2);
    expect(client.frames).toEqual([{ n: 2 }]);
    const posts = gateway.posts().slice(before);
    expect(posts.map(({ status }) => status)).toEqual([429, 500, 200, 0, 0, 200]);
    expect(posts[0]).toEqual({ connection, body: '{"n":1}', bytes: 7, status: 429 });
  });
});
