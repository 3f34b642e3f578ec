import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Gateway } from '../../lib/gateway/port.ts';
import { type GatewayOptions, posterGateway } from '../../lib/gateway/poster.ts';
import { sdkGateway } from '../../lib/gateway/sdk.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { type Behaviour, startConnectionsServer } from '../support/connections-server.ts';

const credentials = async () => ({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'the session token',
});

const drivers: [string, (options: GatewayOptions) => Gateway][] = [
  ['the poster', posterGateway],
  ['the SDK', sdkGateway],
];
const servers: [string, { named: boolean }][] = [
  ['AWS, which names its errors', { named: true }],
  ['a stand-in, which does not', { named: false }],
];
const cases = drivers.flatMap(([driver, make]) =>
  servers.map(([server, kind]) => ({ driver, server, make, kind })),
);

describe.each(cases)('$driver against $server', ({ make, kind }) => {
  let server: Awaited<ReturnType<typeof startConnectionsServer>>;
  let port: Gateway;
  const connection = 'L0SM9cOFvHcCIhw=' as ConnectionId;

  beforeEach(async () => {
    server = await startConnectionsServer(kind);
    port = make({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  });
  afterEach(() => server.close());

  test('a frame arrives at its connection, byte for byte', async () => {
    const frame = JSON.stringify({ text: 'é "🎉"' });
    expect(await port.post(connection, frame)).toBe('sent');
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]).toMatchObject({ method: 'POST', body: frame });
    expect(server.asked[0]?.path).toBe('/stage/@connections/L0SM9cOFvHcCIhw%3D');
  });

  test('a request is signed', async () => {
    await port.post(connection, '{}');
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/execute-api\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
      ),
      'x-amz-security-token': 'the session token',
    });
  });

  test.each<[Behaviour, string]>([
    [204, 'sent'],
    [410, 'gone'],
    [413, 'too-large'],
    [429, 'slow'],
    [403, 'failed'],
    [500, 'failed'],
    ['reset', 'failed'],
    ['hang', 'failed'],
  ])('a post that is answered by %p is %p, after one try', async (behaviour, posted) => {
    server.behave(connection, behaviour);
    expect(await port.post(connection, '{}')).toBe(posted);
    expect(server.asked).toHaveLength(1);
  });

  test.each<[Behaviour, string]>([
    [204, 'closed'],
    [410, 'gone'],
    [500, 'failed'],
    ['hang', 'failed'],
  ])('a close that is answered by %p is %p', async (behaviour, closed) => {
    server.behave(connection, behaviour);
    expect(await port.close(connection)).toBe(closed);
    expect(server.asked[0]).toMatchObject({ method: 'DELETE' });
  });

  test('a connection that does not answer delays no other', async () => {
    server.behave('slow', 'hang');
    const order: string[] = [];
    const post = async (id: string) => {
      const posted = await port.post(id as ConnectionId, '{}');
      order.push(`${id} ${posted}`);
    };
    await Promise.all([post('slow'), post('one'), post('two')]);
    expect(order.at(-1)).toBe('slow failed');
    expect(order.slice(0, 2).sort()).toEqual(['one sent', 'two sent']);
  });

  test('sockets are kept alive', async () => {
    for (let i = 0; i < 5; i++) await port.post(connection, '{}');
    expect(server.sockets()).toBe(1);
  });

  test('a failure to reach the endpoint is a value', async () => {
    await server.close();
    expect(await port.post(connection, '{}')).toBe('failed');
    expect(await port.close(connection)).toBe('failed');
    server = await startConnectionsServer(kind);
  });

  test('a socket that was silent for a minute is not used again', async () => {
    await port.post(connection, '{}');
    await port.post(connection, '{}');
    expect(server.sockets()).toBe(1);
    const { now } = Date;
    try {
      Date.now = () => now() + 61_000;
      expect(await port.post(connection, '{}')).toBe('sent');
    } finally {
      Date.now = now;
    }
    if (make === posterGateway) expect(server.sockets()).toBe(2);
  });

  test('a failure to get credentials is a value, and is forgotten', async () => {
    let fail = true;
    const failing = make({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: async () => {
        if (fail) throw new Error('no credentials');
        return credentials();
      },
    });
    expect(await failing.post(connection, '{}')).toBe('failed');
    fail = false;
    expect(await failing.post(connection, '{}')).toBe('sent');
  });
});
