import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { parse } from 'yaml';
import { actions } from '../../schema/actions.ts';
import type { Session } from '../../schema/http/users.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { root, textOf } from '../drift/sources.ts';
import { openClient, refusedWith } from '../support/client.ts';
import { readDeployment } from '../support/gateway/deployment/deployment.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';

jest.setTimeout(60_000);

const dist = join(process.env.TEST_DIRECTORY ?? '', 'dist-in-memory');
let gateway: Gateway;
beforeAll(async () => {
  await buildHandlers(dist, 'memory');
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  gateway = await startGateway({
    dist,
    together: true,
    environment: { PARLEY_TOKEN_KEY: JSON.stringify(await exportJWK(privateKey)) },
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

  test('answers on every route of serverless.yml', async () => {
    const { token } = await register('carol');
    const client = await connect(token);
    for (const action of ['sendMessage', 'ping', 'help', 'anything else']) {
      expect(await client.ask({ action })).toMatchObject({ id: expect.any(String) });
    }
    await client.close();
  });
});

describe('the deployment that is read from serverless.yml', () => {
  const built = join(process.env.TEST_DIRECTORY ?? '', 'dist');
  const deployment = readDeployment(join(root, 'serverless.yml'), {
    PARLEY_DIST: built,
    PARLEY_ORIGINS: 'a,b',
  });
  const { functions, provider } = parse(textOf('serverless.yml'));

  test('has every function, with its timeout and reserved concurrency', () => {
    expect([...deployment.functions.keys()]).toEqual(Object.keys(functions));
    expect(deployment.functions.get('sweep')).toMatchObject({ timeoutMs: 55_000, reserved: 1 });
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
