import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { parse } from 'yaml';
import { settingNames } from '../../lib/config.ts';
import { type Action, actions } from '../../schema/actions.ts';
import { Problem } from '../../schema/http/conversations.ts';
import type { Route } from '../../schema/http/route.ts';
import { routes } from '../../schema/http/routes.ts';
import type { Session } from '../../schema/http/users.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { root, textOf } from '../drift/sources.ts';
import { type Frame, openClient, refusedWith } from '../support/client.ts';
import { readDeployment } from '../support/gateway/deployment/deployment.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { aConnection, aConversation, aDevice, aUser } from '../support/ids.ts';

jest.setTimeout(60_000);

const dist = join(process.env.TEST_DIRECTORY ?? '', 'dist-in-memory');
let gateway: Gateway;
beforeAll(async () => {
  await buildHandlers(dist, 'memory');
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  gateway = await startGateway({
    dist,
    together: true,
    environment: {
      PARLEY_TOKEN_KEY: JSON.stringify(await exportJWK(privateKey)),
      PARLEY_SENDS_PER_SECOND: '1000',
      PARLEY_STRANGER_REQUESTS: '1000',
    },
  });
});
afterAll(() => gateway.stop());

const register = async (name: string): Promise<Session> => {
  const response = await fetch(`${gateway.httpUrl}/v1/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: 'correct horse' }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as Session;
};
const connect = (token: string) => openClient(gateway.wsUrl, { protocols: ['chat.v1', `bearer.${token}`] });

describe('the product, as it is bundled and deployed', () => {
  test('lets in, acknowledges and delivers under the strict rules', async () => {
    const [ann, bob] = [await register('ann'), await register('bob')];
    const [one, phone, two] = [await connect(ann.token), await connect(ann.token), await connect(bob.token)];
    expect(one.protocol).toBe('chat.v1');
    const ack = await one.ask({ action: 'sendMessage', to: bob.user.id, text: 'hello' });
    expect(ack).toMatchObject({ type: 'ack', seq: 2 });
    for (const client of [phone, two]) {
      expect(await client.next(({ text }) => text === 'hello')).toMatchObject({ seq: 2, from: ann.user.id });
    }
    expect(gateway.posts().map(({ status }) => status)).toEqual(gateway.posts().map(() => 200));
    await one.ask({ action: 'nonsense' });
    expect(await one.ask({ action: 'ping' })).toMatchObject({ type: 'pong' });
    await gateway.invoke('sweep', {});
    await Promise.all([one, phone, two].map((client) => client.close()));
  });

  test('refuses a handshake without a token with 403', async () => {
    expect(await refusedWith(gateway.wsUrl, {})).toBe(403);
  });
});

const built = join(process.env.TEST_DIRECTORY ?? '', 'dist');
const deployment = readDeployment(join(root, 'serverless.yml'), {
  PARLEY_DIST: built,
  PARLEY_ORIGINS: 'a,b',
});
const socketRoutes = [...deployment.socket.routes].filter(([route]) => !/connect$/.test(route));

describe('every route of serverless.yml is answered by us', () => {
  /** What the example of each action in the documents is answered with, by somebody who knows nobody. */
  const answers: Record<string, object> = {
    $default: { code: 'unknown-action' },
    sendMessage: { code: 'not-found', pointer: '/to' },
    editMessage: { code: 'not-found' },
    deleteMessage: { code: 'not-found' },
    react: { code: 'not-found' },
    join: { code: 'not-found' },
    leave: { code: 'not-found' },
    markDelivered: { code: 'not-found' },
    markRead: { code: 'not-found' },
    typing: { type: 'ok' },
    watchPresence: { type: 'presence' },
    sync: { type: 'sync' },
    refreshToken: { code: 'unauthorized' },
    ping: { type: 'pong' },
    help: { type: 'help', action: 'sendMessage' },
  };
  const exampleOf = (route: string) =>
    JSON.parse(actions[route as Action]?.example ?? '{"action":"anything else"}');
  const path = (of: string) =>
    of.replace('{id}', aConversation()).replace('{user}', aUser()).replace('{device}', aDevice());

  test('of the socket, each by its own action', async () => {
    expect(socketRoutes.map(([route]) => route).sort()).toEqual(Object.keys(answers).sort());
    const client = await connect((await register('carol')).token);
    for (const [route] of socketRoutes) {
      const answer = await client.ask(exampleOf(route));
      expect([route, answer]).toEqual([route, expect.objectContaining(answers[route] ?? {})]);
    }
    await client.close();
  });

  test('of HTTP, with what the document says of it', async () => {
    const { token } = await register('dave');
    for (const { key, method, path: of } of deployment.http.routes) {
      const response = await fetch(gateway.httpUrl + path(of), {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
      const { status } = response;
      const body = (await response.json()) as Frame;
      const { replies, refusals } = routes[key] as Route;
      if (replies[status]) {
        expect([key, replies[status].safeParse(body)]).toEqual([key, { success: true, data: body }]);
      } else {
        expect([key, body]).toEqual([key, expect.objectContaining({ status, code: expect.any(String) })]);
        expect(refusals).toContain(body.code);
        expect(['internal', 'unavailable']).not.toContain(body.code);
        expect(body.detail).not.toContain('no such route');
      }
    }
  });

  test('also by the bundles that are deployed, where nothing is set but the key and no store is there', async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const bare = await startGateway({
      dist: built,
      environment: {
        ...Object.fromEntries(settingNames.map((name) => [name, ''])),
        PARLEY_TOKEN_KEY: JSON.stringify(await exportJWK(privateKey)),
        PARLEY_REDIS_URL: 'redis://127.0.0.1:9',
        PARLEY_CASSANDRA_PORT: '9',
      },
    });
    const authorizer = {
      user: aUser(),
      device: aDevice(),
      role: 'user',
      expiresAt: String(Date.now() + 60_000),
    };
    const asking = socketRoutes.map(async ([action, { function: name }]) => {
      const event = {
        requestContext: { connectionId: aConnection(), authorizer },
        // No schema takes it, so no store is asked.
        body: JSON.stringify({ ...exampleOf(action), id: 'x', colour: 'red' }),
      };
      const { statusCode, body } = (await bare.invoke(name, event)) as { statusCode: number; body: string };
      return [action, statusCode, JSON.parse(body)];
    });
    for (const [action, ...answer] of await Promise.all(asking)) {
      const pointer = action === '$default' ? '/action' : '/colour';
      expect([action, ...answer]).toEqual([action, 200, expect.objectContaining({ id: 'x', pointer })]);
    }
    for (const { key, method, path: of } of deployment.http.routes) {
      const response = await fetch(bare.httpUrl + path(of), {
        method,
        headers: { authorization: 'Bearer x' },
      });
      const { open, body: wanted } = routes[key] as Route;
      expect([key, response.status]).toEqual([key, open ? (wanted ? 400 : 200) : 401]);
      if (!response.ok) expect(Problem.safeParse(await response.json()).success).toBe(true);
    }
    expect(await refusedWith(bare.wsUrl, {})).toBe(403);
    await bare.stop();
  });
});

describe('the deployment that is read from serverless.yml', () => {
  const { functions, provider } = parse(textOf('serverless.yml'));

  test('has every function, with its timeout and reserved concurrency', () => {
    expect([...deployment.functions.keys()]).toEqual(Object.keys(functions));
    expect(deployment.functions.get('sweep')).toMatchObject({ timeoutMs: 75_000, reserved: 2 });
    expect(deployment.functions.get('connect')).toMatchObject({ timeoutMs: provider.timeout * 1_000 });
  });

  test('has every route, and the one authorizer', () => {
    expect([...deployment.socket.routes.keys()].sort()).toEqual(
      ['$connect', '$default', '$disconnect', ...Object.keys(actions)].sort(),
    );
    expect(deployment.socket.routes.get('$disconnect')?.responds).toBe(false);
    expect(deployment.socket.authorizer).toEqual({
      function: 'authorize',
      sources: ['route.request.header.Host'],
    });
    expect(deployment.http.routes.map(({ key }) => key)).toContain('POST /v1/register');
    expect(deployment.http.cors?.allowedOrigins).toEqual(['a', 'b']);
  });
});
