import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Issuer, Verified } from '../../lib/tokens/issuers.ts';
import { createTokens } from '../../lib/tokens/tokens.ts';
import { tokenKey } from '../support/app.ts';
import { realClock } from '../support/clock.ts';
import { region } from '../support/cloud/checkout.ts';
import { type LocalAws, startLocalAws } from '../support/cloud/local-aws.ts';
import { describeWithPython } from '../support/cloud/python.ts';
import { keyringOf } from '../support/keys.ts';

type Session = { AccessToken: string; IdToken: string; RefreshToken?: string };
/** Of what it answers, whatever is there. */
type Answer = {
  UserPool: { Id: string };
  UserPoolClient: { ClientId: string };
  AuthenticationResult: Session;
};

/** The profile of docs/OPERATIONS.md, with the tokens of a user pool. */
describeWithPython('who signs in with Amazon Cognito', () => {
  const password = 'Correct-horse-1';
  let aws: LocalAws;
  let pool: string;
  const ask = async (action: string, body: object): Promise<Answer> => {
    const response = await aws.ask('cognito-idp', '/', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${action}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const client = async (name: string): Promise<string> => {
    const asked = { UserPoolId: pool, ClientName: name, ReadAttributes: ['name'] };
    return (await ask('CreateUserPoolClient', asked)).UserPoolClient.ClientId;
  };
  const start = async (ClientId: string, AuthFlow: string, AuthParameters: object): Promise<Session> =>
    (await ask('AdminInitiateAuth', { UserPoolId: pool, ClientId, AuthFlow, AuthParameters }))
      .AuthenticationResult;
  const signIn = (at: string): Promise<Session> =>
    start(at, 'ADMIN_USER_PASSWORD_AUTH', { USERNAME: 'ann', PASSWORD: password });
  const shown = (
    token: string,
    audience: string | string[],
    more: Partial<Issuer> = {},
  ): Promise<Verified> => {
    const issuer = `https://cognito-idp.${region}.amazonaws.com/${pool}`;
    const jwksUri = `${aws.environment.AWS_ENDPOINT_URL}/${pool}/.well-known/jwks.json`;
    const own = { keys: keyringOf(tokenKey), issuer: 'parley', audience: 'parley', lifeSeconds: 60 };
    const issuers = [{ issuer, jwksUri, audience, ...more }];
    return createTokens({ ...own, issuers, clock: realClock }).verify(token);
  };

  beforeAll(async () => {
    aws = await startLocalAws(join(process.env.TEST_DIRECTORY ?? '', 'cognito'));
    pool = (await ask('CreateUserPool', { PoolName: 'people' })).UserPool.Id;
    const ann = { UserPoolId: pool, Username: 'ann' };
    await ask('AdminCreateUser', { ...ann, UserAttributes: [{ Name: 'name', Value: 'Ann Ágoston' }] });
    await ask('AdminSetUserPassword', { ...ann, Password: password, Permanent: true });
    await ask('CreateGroup', { UserPoolId: pool, GroupName: 'bot' });
    await ask('AdminAddUserToGroup', { ...ann, GroupName: 'bot' });
  }, 90_000);
  afterAll(() => aws.stop());

  test('is one user with either token, named by the one of identity', async () => {
    const page = await client('page');
    const { AccessToken, IdToken } = await signIn(page);
    const [access, id] = [await shown(AccessToken, page), await shown(IdToken, page)];
    expect(id).toEqual({ ...access, external: { name: 'Ann Ágoston' } });
    expect(access).toMatchObject({ role: 'user', external: { name: 'ann' } });
  });

  test('has a device for each time he signs in, which renewed tokens keep', async () => {
    const page = await client('page');
    const first = await signIn(page);
    const renewed = await start(page, 'REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: first.RefreshToken });
    const { device } = await shown(first.AccessToken, page);
    expect((await shown(renewed.AccessToken, page)).device).toBe(device);
    expect((await shown((await signIn(page)).AccessToken, page)).device).not.toBe(device);
  });

  test('may come by any client that is named, and by no other', async () => {
    const [page, phone, shop] = [await client('page'), await client('phone'), await client('shop')];
    for (const at of [page, phone]) {
      const { AccessToken, IdToken } = await signIn(at);
      for (const token of [AccessToken, IdToken])
        expect(await shown(token, [page, phone])).toMatchObject({ role: 'user' });
    }
    const { AccessToken, IdToken } = await signIn(shop);
    for (const token of [AccessToken, IdToken])
      await expect(shown(token, [page, phone])).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('has the role of his group, where groups are roles', async () => {
    const page = await client('page');
    const { AccessToken } = await signIn(page);
    expect((await shown(AccessToken, page, { roleClaim: 'cognito:groups' })).role).toBe('bot');
  });
});
