import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { secretsManager } from '../../lib/aws/secrets.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import { createKeyring, fetched } from '../../lib/tokens/keyring.ts';
import { newest, parseKeys } from '../../lib/tokens/keys.ts';
import { createTokens } from '../../lib/tokens/tokens.ts';
import type { DeviceId } from '../../schema/ids.ts';
import { rotated } from '../../scripts/rotate.ts';
import { refusal } from '../support/app.ts';
import { type TestClock, testClock } from '../support/clock.ts';
import { aDevice, aUser } from '../support/ids.ts';

const seed = (name: string) => name.padEnd(40, '.');
const [minute, hour] = [60_000, 3_600_000];
/** As a deployment has them, in milliseconds. */
const [every, life] = [5 * minute, 2 * hour];

let clock: TestClock;
let secret: string;
let readable: boolean;
let logged: string[];
beforeEach(() => {
  clock = testClock();
  secret = JSON.stringify({ seed: seed('the first') });
  readable = true;
  logged = [];
});

const read = async () => {
  if (!readable) throw new Error('the secret is out of reach');
  return secret;
};
const log = { info: () => {}, warn: (event: string) => logged.push(event), error: () => {} };

/** One of many that read the same secret, each at times of its own. */
const aContainer = () => {
  const keys = createKeyring({ read: fetched(read), now: clock.now, every, log });
  const options = { issuer: 'parley', audience: 'parley', lifeSeconds: life / 1_000, issuers: [], clock };
  return { tokens: createTokens({ ...options, keys }), cursors: createCursors(keys, clock.now) };
};
const rotate = (more: { atOnce?: true } = {}) => {
  const now = Math.floor(clock.now() / 1_000);
  secret = rotated(secret, { now, settle: (2 * every) / 1_000, life: life / 1_000, ...more });
};
const claims = { user: aUser(), device: aDevice() as DeviceId, role: 'user' };

describe('a rotation', () => {
  test('cuts nobody off: whatever a container signs, every other takes until it ends', async () => {
    const containers = [aContainer(), aContainer()] as const;
    const issued: { token: string; until: number }[] = [];
    const sealed: string[] = [];
    const kids = new Set<string>();
    // The second one reads the secret when the first is half-way to its next look.
    await containers[0].tokens.keySet();
    await clock.pass(every / 2);
    for (let step = 0; step < 30; step++) {
      if (step === 3 || step === 20) rotate();
      for (const { tokens, cursors } of containers) {
        const { token, expiresAt } = await tokens.issue(claims);
        issued.push({ token, until: expiresAt });
        sealed.push(await cursors.seal(['a list'], { step }));
        kids.add(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid);
      }
      for (const { tokens, cursors } of containers) {
        for (const { token } of issued.filter(({ until }) => until > clock.now()))
          await expect(tokens.verify(token)).resolves.toMatchObject(claims);
        for (const cursor of sealed) await expect(cursors.open(['a list'], cursor)).resolves.toBeDefined();
      }
      await clock.pass(every);
    }
    expect(kids.size).toBe(3);
  });

  test('shows both keys to others, before the new one signs', async () => {
    const { tokens } = aContainer();
    const first = await tokens.issue(claims);
    rotate();
    await clock.pass(every);
    const { keys } = await tokens.keySet();
    expect(keys).toHaveLength(2);
    expect(keys.some((key) => 'd' in key || 'seed' in key || 'since' in key)).toBe(false);
    const kidOf = ({ token }: { token: string }) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    expect(kidOf(await tokens.issue(claims))).toBe(kidOf(first));
    await clock.pass(every);
    const later = kidOf(await tokens.issue(claims));
    expect(later).not.toBe(kidOf(first));
    expect(keys.map(({ kid }) => kid)).toContain(later);
  });

  test('drops a key once all that it signed has ended, and waits for one that is under way', async () => {
    rotate();
    expect(() => rotate()).toThrow('under way');
    await clock.pass(2 * every + life + minute);
    rotate();
    expect(parseKeys(secret)).toHaveLength(2);
    expect(secret).not.toContain('the first');
  });

  test('at once throws the others away', async () => {
    const container = aContainer();
    const { token } = await container.tokens.issue(claims);
    rotate({ atOnce: true });
    await clock.pass(every);
    expect(await refusal(container.tokens.verify(token))).toMatchObject({ code: 'unauthorized' });
    const again = await container.tokens.issue(claims);
    await expect(container.tokens.verify(again.token)).resolves.toMatchObject(claims);
  });
});

describe('the keys', () => {
  test('that are held are used while they cannot be read, and read soon after', async () => {
    const { tokens } = aContainer();
    const { token } = await tokens.issue(claims);
    readable = false;
    await clock.pass(every);
    await expect(tokens.verify(token)).resolves.toMatchObject(claims);
    expect(logged).toEqual(['keys.stale']);
    readable = true;
    rotate();
    await clock.pass(minute);
    expect((await tokens.keySet()).keys).toHaveLength(2);
  });

  test('that were never read say nothing about a token', async () => {
    const { token } = await aContainer().tokens.issue(claims);
    readable = false;
    expect(await refusal(aContainer().tokens.verify(token))).toMatchObject({ code: 'unavailable' });
  });

  test.each([
    'nonsense',
    '[]',
    '{"keys":[]}',
    '{"seed":"short"}',
    '{"kty":"OKP","d":7}',
    '{"since":"soon","seed":"x"}',
  ])('that are malformed are a fault of ours, and not repeated: %s', async (text) => {
    const { token } = await aContainer().tokens.issue(claims);
    secret = text;
    const error = await refusal(aContainer().tokens.verify(token));
    expect(error).toMatchObject({ code: 'internal' });
    expect(String(error.cause)).toBe('Error: the keys are malformed');
  });

  test('may be JWKs, and the newest that may sign does', async () => {
    const jwk = await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey);
    const keys = parseKeys(
      JSON.stringify({ keys: [jwk, { seed: seed('new'), since: 200 }, { seed: seed('x'), since: 100 }] }),
    );
    expect(keys.map(({ since }) => since)).toEqual([200_000, 100_000, 0]);
    expect(newest(keys, 150_000)).toBe(keys[1]);
    expect(newest(keys, 200_000)).toBe(keys[0]);
    expect(newest(keys, 50_000).signing).toMatchObject({ kty: 'EC', crv: 'P-256' });
  });

  test('come out of a seed the same each time, and one for each purpose', () => {
    const [one] = parseKeys(JSON.stringify({ seed: seed('a') }));
    const [same] = parseKeys(JSON.stringify({ keys: [{ seed: seed('a'), since: 7 }] }));
    const [other] = parseKeys(JSON.stringify({ seed: seed('b') }));
    expect(same.signing).toEqual(one.signing);
    expect(other.signing).not.toEqual(one.signing);
    expect(one.sealing.toString('base64url')).not.toBe(one.signing.d);
  });
});

describe('Secrets Manager', () => {
  let close = async () => {};
  afterEach(() => close());

  const start = async (status: number, answer: object) => {
    const asked: { target: unknown; authorization: unknown; body: Record<string, unknown> }[] = [];
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const { 'x-amz-target': target, authorization } = request.headers;
      asked.push({ target, authorization, body: JSON.parse(body) });
      response.writeHead(status).end(JSON.stringify(answer));
    };
    const server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = async () => void (await new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const credentials = async () => ({ accessKeyId: 'id', secretAccessKey: 's' });
    const options = {
      id: 'parley/keys',
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials,
    };
    return { asked, secret: secretsManager(options) };
  };

  test('is asked by one signed request', async () => {
    const { asked, secret } = await start(200, { SecretString: '{"seed":"s"}' });
    expect(await secret.read()).toBe('{"seed":"s"}');
    await secret.write('next');
    expect(asked).toMatchObject([
      { target: 'secretsmanager.GetSecretValue', body: { SecretId: 'parley/keys' } },
      { target: 'secretsmanager.PutSecretValue', body: { SecretId: 'parley/keys', SecretString: 'next' } },
    ]);
    for (const { authorization } of asked)
      expect(authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
      );
  });

  test.each([
    ['refuses', 400, { __type: 'AccessDeniedException', Message: 'you may not' }],
    ['holds bytes', 200, { SecretBinary: 'AAAA' }],
  ])('that %s is an error, without its words', async (_what, status, answer) => {
    const { secret } = await start(status, answer);
    await expect(secret.read()).rejects.toThrow(/answered 400$|holds no text$/);
  });
});
