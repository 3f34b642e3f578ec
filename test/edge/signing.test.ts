import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { createCredentials } from '../../lib/aws/credentials.ts';
import { createSigner, encodeSegment } from '../../lib/aws/sigv4.ts';

/** The published test suite of Signature Version 4: "get-vanilla", "post-vanilla" and others of its kind. */
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const now = new Date('2015-08-30T12:36:00Z');
const sign = createSigner({ region: 'us-east-1', service: 'service' });
const request = { method: 'GET', host: 'example.amazonaws.com', path: '/', body: '' };

type Source = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Source) =>
  typeof data === 'string'
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);

/** The hash that the SDK's signer asks for. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: Source) {
    this.#hash.update(bytesOf(data));
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

describe('signatures', () => {
  test.each([
    ['get-vanilla', request, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'post-vanilla',
      { ...request, method: 'POST' },
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-unreserved',
      { ...request, path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' },
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
  ])('agree with the published vector %s', (_name, asked, signature) => {
    const { authorization, 'x-amz-date': date } = sign(asked, credentials, now);
    expect(date).toBe('20150830T123600Z');
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });

  test('agree with the published vector of a session token', () => {
    const sessionToken =
      'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
    const signed = sign({ ...request, method: 'POST' }, { ...credentials, sessionToken }, now);
    expect(signed['x-amz-security-token']).toBe(sessionToken);
    expect(signed.authorization).toContain(
      'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    );
  });

  test('agree with the SDK for what we send', async () => {
    const theirs = new SignatureV4({
      credentials,
      region: 'eu-west-1',
      service: 'execute-api',
      sha256: NodeSha256,
      applyChecksum: false,
    });
    const path = `/dev/@connections/${encodeSegment('L0SM9cOFvHcCIhw=')}`;
    const host = 'api.execute-api.eu-west-1.amazonaws.com';
    const expected = await theirs.sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: host,
        path,
        query: {},
        headers: { host },
        body: '{"a":1}',
      },
      { signingDate: now },
    );
    const ours = createSigner({ region: 'eu-west-1', service: 'execute-api' });
    const { authorization } = ours({ method: 'POST', host, path, body: '{"a":1}' }, credentials, now);
    expect(authorization).toBe(expected.headers.authorization);
  });

  test('a day and a secret have their own key', () => {
    const tomorrow = new Date(now.getTime() + 86_400_000);
    const first = sign(request, credentials, now).authorization;
    expect(sign(request, credentials, tomorrow).authorization).not.toBe(first);
    expect(sign(request, { ...credentials, secretAccessKey: 'another' }, now).authorization).not.toBe(first);
    expect(sign(request, credentials, now).authorization).toBe(first);
  });
});

describe('credentials', () => {
  test('of the environment are read for every request', async () => {
    let secret = 'one';
    const read = () => ({ accessKeyId: 'id', secretAccessKey: secret });
    const get = createCredentials({ kind: 'environment', read }, Date.now);
    expect(await get()).toMatchObject({ secretAccessKey: 'one' });
    secret = 'two';
    expect(await get()).toMatchObject({ secretAccessKey: 'two' });
  });

  test('of the endpoint are kept until shortly before they end, and a failure is forgotten', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    let asked = 0;
    let fail = true;
    const server = createServer((incoming, response) => {
      asked++;
      if (fail || incoming.headers.authorization !== 'the token') response.writeHead(500);
      const Expiration = new Date(now + 3_600_000).toISOString();
      response.end(
        JSON.stringify({ AccessKeyId: `id-${asked}`, SecretAccessKey: 's', Token: 't', Expiration }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const get = createCredentials({ kind: 'endpoint', url, authorization: () => 'the token' }, () => now);
    await expect(get()).rejects.toThrow('500');
    fail = false;
    expect(await get()).toMatchObject({ accessKeyId: 'id-2', sessionToken: 't' });
    expect(await get()).toMatchObject({ accessKeyId: 'id-2' });
    now += 3_400_000;
    expect(await get()).toMatchObject({ accessKeyId: 'id-3' });
    await new Promise((resolve) => server.close(resolve));
  });
});
