import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { connect } from '../../lib/actions/connections/connect.ts';
import { disconnect } from '../../lib/actions/connections/disconnect.ts';
import { authorize } from '../../lib/actions/users/authorize.ts';
import { issueTicket } from '../../lib/actions/users/issue-ticket.ts';
import { register } from '../../lib/actions/users/register.ts';
import { onAuthorize } from '../../lib/edge/on-authorize.ts';
import { onConnect, onDisconnect } from '../../lib/edge/on-lifecycle.ts';
import { authenticate } from '../../lib/tokens/authenticate.ts';
import { away, connectAs, type Person, type TestApp, testApp, withoutRedis } from '../support/app.ts';
import { aConnection, aConversation } from '../support/ids.ts';
import { context, frameEvent } from './events.ts';

let app: TestApp;
let ann: Person;
let lines: string[];
beforeEach(async () => {
  app = testApp();
  ann = await connectAs(app);
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void jest.restoreAllMocks());

describe('the authorizer', () => {
  const methodArn = 'arn:aws:execute-api:us-east-1:1:api/dev/$connect';
  const ask = (
    more: { headers?: Record<string, string>; queryStringParameters?: Record<string, string> },
    on = app,
  ) => onAuthorize((shown) => authorize(on, shown))({ methodArn, ...more }, context);
  const effectOf = async (asking: ReturnType<typeof ask>) =>
    (await asking).policyDocument.Statement[0]?.Effect;
  const tokenOf = async () => (await register(app, { name: 'Ann', password: 'correct horse' })).reply;

  test('finds the token in a header, a subprotocol or behind a ticket, whatever the case of names', async () => {
    const { token, user } = await tokenOf();
    const { ticket } = (await issueTicket(app, await authenticate(app, token))).reply;
    const ways = [
      { headers: { Authorization: `Bearer ${token}` } },
      { headers: { authorization: `bearer ${token}` } },
      { headers: { 'Sec-WebSocket-Protocol': `chat.v1, bearer.${token}` } },
      { headers: { 'sec-websocket-protocol': `bearer.${token},chat.v1` } },
      { headers: {}, queryStringParameters: { ticket } },
    ];
    for (const way of ways) {
      const answer = await ask(way);
      expect(answer).toMatchObject({ principalId: user.id, context: { user: user.id, role: 'user' } });
      expect(answer.policyDocument.Statement).toMatchObject([{ Effect: 'Allow', Resource: methodArn }]);
      for (const value of Object.values(answer.context ?? {})) expect(typeof value).toBe('string');
    }
  });

  test('passes on what the connection was opened for, and refuses what is no conversation', async () => {
    const { token } = await tokenOf();
    const headers = { Authorization: `Bearer ${token}` };
    const conversation = aConversation();
    const named = (value: string) => ask({ headers, queryStringParameters: { conversation: value } });
    expect((await named(conversation)).context).toMatchObject({ conversation });
    expect((await ask({ headers })).context).not.toHaveProperty('conversation');
    expect(await effectOf(named('general'))).toBe('Deny');
  });

  test('denies who shows nothing, or nothing good', async () => {
    const ways = [
      {},
      { headers: { Authorization: 'Basic abc' } },
      { headers: { Authorization: 'Bearer x.y.z' } },
      { headers: { 'sec-websocket-protocol': 'chat.v1' } },
      { headers: {}, queryStringParameters: { ticket: 'nope' } },
    ];
    for (const way of ways) expect(await effectOf(ask(way))).toBe('Deny');
  });

  test('denies a revoked device', async () => {
    const { token } = await tokenOf();
    const { user, device } = await authenticate(app, token);
    await app.users.revoke(user, device, app.clock.now());
    expect(await effectOf(ask({ headers: { Authorization: `Bearer ${token}` } }))).toBe('Deny');
  });

  test('fails, rather than denies, while a store is away', async () => {
    const { token } = await tokenOf();
    const headers = { Authorization: `Bearer ${token}` };
    await expect(ask({ headers }, { ...app, users: away() })).rejects.toThrow('unavailable');
  });

  test('writes no token into the log', async () => {
    const { token } = await tokenOf();
    await ask({ headers: { Authorization: `Bearer ${token}x` } });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join()).not.toContain(token.slice(0, 40));
  });
});

describe('$connect', () => {
  const ask = (headers: Record<string, string>, on: TestApp = app, allowed = ['https://chat.example']) =>
    onConnect((caller, origin) => connect(on, caller, { origin, allowed }))(
      { ...frameEvent({ ...ann, connection: fresh }, undefined), headers },
      context,
    );
  const fresh = aConnection();
  const connectionsOf = async () => (await app.connections.mark(ann.user, aConversation())).connections;

  test('registers the connection', async () => {
    expect(await ask({})).toEqual({ statusCode: 200 });
    expect(await connectionsOf()).toContainEqual({ connection: fresh, expiresAt: ann.expiresAt });
  });

  test('answers with the subprotocol, and never with the token', async () => {
    const answer = await ask({ 'Sec-WebSocket-Protocol': 'chat.v1, bearer.x' });
    expect(answer).toEqual({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'chat.v1' } });
    expect(await ask({ 'Sec-WebSocket-Protocol': 'bearer.x' })).toEqual({ statusCode: 200 });
  });

  test('lets in pages of known origins, and programs, which have none', async () => {
    expect(await ask({ Origin: 'https://chat.example' })).toMatchObject({ statusCode: 200 });
    expect(await ask({ origin: 'https://evil.example' })).toEqual({ statusCode: 403 });
    expect(await ask({ origin: 'https://evil.example' }, app, ['*'])).toMatchObject({ statusCode: 200 });
  });

  test('lets in while Redis is away: the first send registers', async () => {
    expect(await ask({}, withoutRedis(app))).toMatchObject({ statusCode: 200 });
  });
});

describe('$disconnect', () => {
  test('takes away exactly this connection', async () => {
    const tablet = await connectAs(app, ann.user);
    await onDisconnect((caller) => disconnect(app, caller))(frameEvent(ann, undefined), context);
    const { connections } = await app.connections.mark(ann.user, aConversation());
    expect(connections.map(({ connection }) => connection)).toEqual([tablet.connection]);
  });

  test('is a hint: a failure is no error', async () => {
    const handler = onDisconnect((caller) => disconnect(withoutRedis(app), caller));
    expect(await handler(frameEvent(ann, undefined), context)).toEqual({ statusCode: 200 });
  });
});
