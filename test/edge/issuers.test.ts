import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Issuer } from '../../lib/tokens/issuers.ts';
import { createTokens } from '../../lib/tokens/tokens.ts';
import { tokenKey } from '../support/app.ts';
import { realClock } from '../support/clock.ts';
import { keyringOf } from '../support/keys.ts';

const issuer = 'https://id.example';
let server: Server;
let signing: CryptoKey;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  signing = pair.privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const signed = (claims: Record<string, unknown>, kid = 'one') =>
  new SignJWT({ sub: 'the-subject', aud: 'chat', ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(issuer)
    .setExpirationTime('1h')
    .sign(signing);

/** What is known of who shows a token of another issuer. */
const shown = async (claims: Record<string, unknown>, more: Partial<Issuer> = {}) => {
  const { port } = server.address() as AddressInfo;
  const other = { issuer, jwksUri: `http://127.0.0.1:${port}/`, audience: 'chat', ...more };
  const own = { keys: keyringOf(tokenKey), issuer: 'parley', audience: 'parley', lifeSeconds: 60 };
  const tokens = createTokens({ ...own, issuers: [other], clock: realClock });
  return tokens.verify(await signed(claims));
};

describe('who comes from another issuer', () => {
  test.each([
    ['as it is', { name: 'Ann Ágoston' }, 'Ann Ágoston'],
    ['cut', { name: 'x'.repeat(100_000) }, 'x'.repeat(32)],
    ['cut between characters', { name: `${'x'.repeat(31)}👍` }, 'x'.repeat(31)],
    ['in one line', { name: ' Ann\n\t of\u0000 Ulm ' }, 'Ann of Ulm'],
    ['by the next claim where it is none', { name: ' \n', preferred_username: 'ann' }, 'ann'],
    ['by the subject where there is none', { name: 7 }, 'the-subject'],
  ])('is named %s', async (_how, claims, name) => {
    expect((await shown(claims)).external).toEqual({ name });
  });

  test('has the role of the claim that is named, where it is one, or the first of a list that is', async () => {
    const roleClaim = 'https://example/role';
    expect((await shown({ [roleClaim]: 'bot' }, { roleClaim })).role).toBe('bot');
    expect((await shown({ [roleClaim]: 'bot' })).role).toBe('user');
    expect((await shown({ [roleClaim]: ['a b', 'bot', 'admin'] }, { roleClaim })).role).toBe('bot');
    for (const role of ['', 'a b', 'x'.repeat(33), [], [['bot']], { role: 'bot' }, 7]) {
      expect((await shown({ [roleClaim]: role }, { roleClaim })).role).toBe('user');
    }
  });

  test.each([
    ['one of those that are allowed', { aud: 'chat' }],
    ['among others', { aud: ['mail', 'shop'] }],
    ['by its client, where no audience is named', { aud: undefined, client_id: 'shop' }],
  ])('is let in with a token that is meant for %s', async (_which, claims) => {
    expect(await shown(claims, { audience: ['chat', 'shop'] })).toMatchObject({ role: 'user' });
  });

  test.each([
    ['for somebody else', { aud: 'mail' }],
    ['for somebody else, though its client is known', { aud: ['mail'], client_id: 'chat' }],
    ['for nobody', { aud: [], client_id: 'chat' }],
    ['by another client', { aud: undefined, client_id: 'mail' }],
    ['by nobody', { aud: undefined }],
  ])('is not let in with a token that is meant %s', async (_for, claims) => {
    await expect(shown(claims, { audience: ['chat', 'shop'] })).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  test('has a device for each session, or else for each sign-in by a client', async () => {
    const deviceOf = async (claims: object) => (await shown({ ...claims })).device;
    const phone = await deviceOf({ sid: 'one', azp: 'phone' });
    expect(await deviceOf({ sid: 'one', azp: 'laptop' })).toBe(phone);
    expect(await deviceOf({ sid: 'two', azp: 'phone' })).not.toBe(phone);
    expect(await deviceOf({ azp: 'phone' })).not.toBe(await deviceOf({ azp: 'laptop' }));
    const since = await deviceOf({ azp: 'phone', auth_time: 1_795_000_000 });
    expect(await deviceOf({ azp: 'phone', auth_time: 1_795_000_000 })).toBe(since);
    expect(await deviceOf({ azp: 'phone', auth_time: 1_795_000_001 })).not.toBe(since);
    expect(await deviceOf({ sid: 'one', auth_time: 1_795_000_000 })).toBe(phone);
    expect(await deviceOf({ sub: 'another', sid: 'one' })).not.toBe(phone);
  });

  test('is let in by the keys that are here while the issuer cannot be reached', async () => {
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    const keys = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const relay = createServer((_, response) => {
      response.writeHead(++asked > 1 ? 503 : 200).end(keys);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => relay.once('listening', resolve));
    let now = Date.now();
    const clock = { ...realClock, now: () => now };
    const jwksUri = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
    const own = { keys: keyringOf(tokenKey), issuer: 'parley', audience: 'parley', lifeSeconds: 60 };
    const tokens = createTokens({ ...own, issuers: [{ issuer, jwksUri, audience: 'chat' }], clock });
    const token = await signed({});
    await tokens.verify(token);
    const { now: real } = Date;
    try {
      // What is older than ten minutes is asked for again.
      Date.now = () => real() + 660_000;
      await tokens.verify(token);
      await tokens.verify(token);
      expect(asked).toBe(2);
      // A key that is not here may be new.
      await expect(tokens.verify(await signed({}, 'another'))).rejects.toMatchObject({ code: 'unavailable' });
      now += 31_000;
      await tokens.verify(token);
      expect(asked).toBe(3);
    } finally {
      Date.now = real;
      relay.closeAllConnections();
      await new Promise((resolve) => relay.close(resolve));
    }
  });
});
