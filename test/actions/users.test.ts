import { beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { authorize } from '../../lib/actions/users/authorize.ts';
import { findByIds, findByName, readMe } from '../../lib/actions/users/find.ts';
import { issueTicket } from '../../lib/actions/users/issue-ticket.ts';
import { register } from '../../lib/actions/users/register.ts';
import { renew } from '../../lib/actions/users/renew.ts';
import { signIn } from '../../lib/actions/users/sign-in.ts';
import { authenticate } from '../../lib/tokens/authenticate.ts';
import type { Session } from '../../schema/http/users.ts';
import { limits } from '../../schema/limits.ts';
import { refusal, type TestApp, testApp, tokenKey } from '../support/app.ts';
import { dyingIn } from '../support/dying.ts';
import { aDevice, aUser } from '../support/ids.ts';
import { keyringOf } from '../support/keys.ts';

let app: TestApp;
beforeEach(() => {
  app = testApp();
});

const ann = { name: 'Ann', password: 'correct horse' };
const enrol = async (credentials = ann): Promise<Session> => (await register(app, credentials)).reply;

describe('registering', () => {
  test('gives a user, and a token that is good', async () => {
    const { user, token, expiresAt } = await enrol();
    expect(user).toEqual({ id: expect.stringMatching(/^u:[A-Za-z0-9_-]{22}$/), name: 'Ann' });
    expect(expiresAt).toBe(app.clock.now() + 3_600_000);
    expect(await authenticate(app, token)).toMatchObject({ user: user.id, role: 'user', expiresAt });
  });

  test.each(['Ann', 'ann', 'ＡＮＮ'])('takes a name once: %s', async (name) => {
    await enrol();
    expect(await refusal(enrol({ ...ann, name }))).toMatchObject({ code: 'name-taken', pointer: '/name' });
  });

  test('at once, gives the name to one', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => enrol({ ...ann, password: `${i} password` })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is for nobody where it is closed; who is there signs in', async () => {
    const { user } = await enrol();
    const closed: TestApp = { ...app, policy: { ...app.policy, registers: () => false } };
    const asked = register(closed, { ...ann, name: 'bob' });
    expect(await refusal(asked)).toMatchObject({ code: 'forbidden' });
    expect(app.tables.table('users').size).toBe(1);
    expect(await signIn(closed, ann)).toMatchObject({ reply: { user } });
  });

  test('keeps no password', async () => {
    await enrol();
    expect(JSON.stringify([...app.tables.table('users').values()])).not.toContain(ann.password);
  });

  test('that died before its token is completed by the same request', async () => {
    const dying = dyingIn(app, 'users', 'addDevice');
    await expect(register(dying, ann)).rejects.toThrow('dead');
    expect(await refusal(enrol({ ...ann, password: 'of another' }))).toMatchObject({ code: 'name-taken' });
    const { user } = await enrol();
    expect((await findByName(app, 'ann')).reply.items).toEqual([user]);
  });
});

describe('signing in', () => {
  test('gives a device of its own', async () => {
    const first = await enrol();
    const { reply: second } = await signIn(app, ann);
    expect(second.user).toEqual(first.user);
    const devices = await Promise.all(
      [first, second].map(async ({ token }) => (await authenticate(app, token)).device),
    );
    expect(new Set(devices).size).toBe(2);
  });

  test('refuses a wrong password and an unknown name alike', async () => {
    await enrol();
    const wrong = await refusal(signIn(app, { ...ann, password: 'wrong horse' }));
    const unknown = await refusal(signIn(app, { ...ann, name: 'nobody' }));
    expect(wrong).toMatchObject({ code: 'unauthorized' });
    expect(unknown.message).toBe(wrong.message);
  });

  test('is limited by name, whatever its case', async () => {
    for (let i = 0; i < limits.login.count; i++)
      await app.rates.take(Buffer.from('ann').toString('base64url'), 'login', limits.login);
    expect(await refusal(signIn(app, { ...ann, name: 'ANN' }))).toMatchObject({ code: 'rate-limited' });
    expect(await refusal(signIn(app, { ...ann, name: 'bob' }))).toMatchObject({ code: 'unauthorized' });
  });
});

const refused = (token: string) => refusal(authenticate(app, token));

describe('a token', () => {
  const sign = async (claims: object) => {
    const { privateKey } = await generateKeyPair('EdDSA');
    return new SignJWT({ sid: 'd1', role: 'user', ...claims })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(aUser())
      .setIssuer('parley')
      .setAudience('parley')
      .setExpirationTime(Math.floor(app.clock.now() / 1_000) + 60)
      .sign(privateKey);
  };
  test.each(['', 'x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.'])(
    'that is malformed is refused: %j',
    async (token) => {
      expect(await refused(token)).toMatchObject({ code: 'unauthorized' });
    },
  );

  test('of a wrong signature, or of none, is refused', async () => {
    expect(await refused(await sign({}))).toMatchObject({ code: 'unauthorized' });
    const none = new UnsecuredJWT({ sid: 'd1', role: 'user' })
      .setSubject(aUser())
      .setIssuer('parley')
      .setAudience('parley');
    expect(await refused(none.setExpirationTime('1h').encode())).toMatchObject({ code: 'unauthorized' });
    const { token } = await enrol();
    expect(await refused(`${token.slice(0, -6)}AAAAAA`)).toMatchObject({ code: 'unauthorized' });
  });

  test('signed with the public key as a secret is refused', async () => {
    const { d: _, ...publicKey } = tokenKey;
    const forged = await new SignJWT({ sid: 'd1', role: 'admin' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(aUser())
      .setIssuer('parley')
      .setAudience('parley')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(JSON.stringify(publicKey)));
    expect(await refused(forged)).toMatchObject({ code: 'unauthorized' });
  });

  test.each([{ iss: 'another' }, { aud: 'another' }, { iss: undefined }])(
    'with %j is refused',
    async (claims) => {
      expect(await refused(await sign(claims))).toMatchObject({ code: 'unauthorized' });
    },
  );

  test('that has expired is told apart', async () => {
    const { token } = await enrol();
    await app.clock.pass(3_600_001);
    expect(await refused(token)).toMatchObject({ code: 'token-expired' });
  });

  test('of a revoked device is told apart', async () => {
    const { token } = await enrol();
    const { user, device } = await authenticate(app, token);
    await app.users.revoke(user, device, app.clock.now());
    expect(await refused(token)).toMatchObject({ code: 'revoked' });
  });

  test('of a device that nobody knows is refused', async () => {
    const { token } = await app.tokens.issue({ user: aUser(), device: aDevice(), role: 'user' });
    expect(await refused(token)).toMatchObject({ code: 'unauthorized' });
  });

  test('can be verified by the public keys', async () => {
    const { keys } = await app.tokens.keySet();
    expect(keys).toMatchObject([
      { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: expect.any(String) },
    ]);
    expect(keys[0]).not.toHaveProperty('d');
  });

  test('may be signed with ES256', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const { createTokens } = await import('../../lib/tokens/tokens.ts');
    const options = { issuer: 'parley', audience: 'parley', lifeSeconds: 60, issuers: [], clock: app.clock };
    const keys = keyringOf(await exportJWK(privateKey));
    const tokens = createTokens({ ...options, keys });
    const claims = { user: aUser(), device: aDevice(), role: 'user' };
    const { token } = await tokens.issue(claims);
    expect(await tokens.verify(token)).toMatchObject(claims);
  });
});

describe('a renewed token', () => {
  test('is of the same user, device and role, and ends later', async () => {
    const { user, token } = await enrol();
    const caller = { ...(await authenticate(app, token)), role: 'bot' };
    await app.clock.pass(3_000_000);
    const { reply } = await renew(app, caller);
    const expiresAt = app.clock.now() + 3_600_000;
    expect(reply).toEqual({ user, token: expect.any(String), expiresAt });
    expect(await authenticate(app, reply.token)).toEqual({ ...caller, expiresAt });
    expect(await app.users.devices(user.id)).toHaveLength(1);
  });

  test('is good while its device is, and no longer', async () => {
    const caller = await authenticate(app, (await enrol()).token);
    const { reply } = await renew(app, caller);
    await app.users.revoke(caller.user, caller.device, app.clock.now());
    expect(await refused(reply.token)).toMatchObject({ code: 'revoked' });
  });

  test('is refused to users of another issuer, which renews its own', async () => {
    const [user, device] = [aUser(), aDevice()];
    await app.users.add({ id: user, name: 'of another', createdAt: app.clock.now() });
    await app.users.addDevice(user, device, app.clock.now());
    const caller = { user, device, role: 'user', expiresAt: app.clock.now() + 1 };
    expect(await refusal(renew(app, caller))).toMatchObject({ code: 'forbidden' });
  });
});

describe('a ticket', () => {
  test('lets in once', async () => {
    const caller = await authenticate(app, (await enrol()).token);
    const { reply } = await issueTicket(app, caller);
    expect(reply.expiresAt).toBe(app.clock.now() + 30_000);
    expect(await authorize(app, { ticket: reply.ticket })).toEqual({ ...caller, epoch: expect.any(String) });
    expect(await refusal(authorize(app, { ticket: reply.ticket }))).toMatchObject({ code: 'unauthorized' });
  });

  test('is good for 30 s', async () => {
    const caller = await authenticate(app, (await enrol()).token);
    const { reply } = await issueTicket(app, caller);
    await app.clock.pass(30_000);
    expect(await refusal(authorize(app, { ticket: reply.ticket }))).toMatchObject({ code: 'unauthorized' });
  });

  test('ends with the token it stands for, and with its device', async () => {
    const caller = await authenticate(app, (await enrol()).token);
    const expiring = (await issueTicket(app, { ...caller, expiresAt: app.clock.now() + 1 })).reply;
    const revoked = (await issueTicket(app, caller)).reply;
    await app.clock.pass(1);
    expect(await refusal(authorize(app, expiring))).toMatchObject({ code: 'token-expired' });
    await app.users.revoke(caller.user, caller.device, app.clock.now());
    expect(await refusal(authorize(app, revoked))).toMatchObject({ code: 'revoked' });
  });

  test('nobody comes in with nothing', async () => {
    expect(await refusal(authorize(app, {}))).toMatchObject({ code: 'unauthorized' });
  });
});

describe('looking for users', () => {
  test('finds those who exist, by id and by name', async () => {
    const { user } = await enrol();
    const { user: bob } = await enrol({ ...ann, name: 'bob' });
    const { items } = (await findByIds(app, [user.id, aUser(), bob.id, user.id])).reply;
    expect(items).toHaveLength(2);
    expect(items).toEqual(expect.arrayContaining([user, bob]));
    expect((await findByName(app, 'BOB')).reply.items).toEqual([bob]);
    expect((await findByName(app, 'cid')).reply.items).toEqual([]);
  });

  test('says who oneself is', async () => {
    const { user, token, expiresAt } = await enrol();
    const caller = await authenticate(app, token);
    expect((await readMe(app, caller)).reply).toEqual({
      user,
      device: caller.device,
      role: 'user',
      expiresAt,
    });
  });
});
