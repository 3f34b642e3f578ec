import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openClient, refusedWith } from '../support/client.ts';
import { deploy, echo, responding, type Started } from './deploy.ts';

/** Says in the query what it shall do: `?as=deny`. */
const authorizer = `exports.handler = async (event) => {
  see(event);
  const as = event.queryStringParameters.as;
  if (as === 'unauthorized') throw new Error('Unauthorized');
  if (as === 'throw') throw new Error('no');
  const statement = (Effect) => ({ Action: 'execute-api:Invoke', Effect, Resource: event.methodArn });
  const policyDocument = { Version: '2012-10-17', Statement: [statement(as === 'deny' ? 'Deny' : 'Allow')] };
  if (as === 'both') policyDocument.Statement.push(statement('Deny'));
  if (as === 'elsewhere') policyDocument.Statement[0].Resource = 'arn:aws:execute-api:*:*:other/*';
  if (as === 'anywhere') policyDocument.Statement[0].Resource = event.methodArn.replace('$connect', '*');
  const context = { user: 'ann', age: 7, admin: false };
  if (as === 'object') context.nested = { a: 1 };
  if (as === 'long') context.text = 'x'.repeat(8192);
  return { ...(as !== 'nobody' && { principalId: 'ann' }), policyDocument, context };
};`;

const connect = `exports.handler = async (event) => {
  see(event);
  const answer = event.queryStringParameters?.answer;
  if (answer === 'throw') throw new Error('no');
  if (answer === 'nothing') return;
  if (answer) return { statusCode: Number(answer) };
  const protocol = event.queryStringParameters?.protocol;
  return { statusCode: 200, ...(protocol && { headers: { 'Sec-WebSocket-Protocol': protocol } }) };
};`;

const withAuthorizer = (identitySource: string[]) => ({
  websocket: { route: '$connect', authorizer: { name: 'authorize', identitySource } },
});
const functions = (identitySource: string[]) => ({
  authorize: { code: authorizer },
  connect: { code: connect, events: [withAuthorizer(identitySource)] },
  disconnect: { code: echo, events: [{ websocket: { route: '$disconnect' } }] },
  default: { code: echo, events: [responding('$default')] },
});

let gateway: Started;
beforeAll(async () => {
  gateway = await deploy(functions(['route.request.querystring.as', 'route.request.header.Host']));
});
afterAll(() => gateway.stop());

const refused = (query: string) => refusedWith(gateway.wsUrl, { query });

describe('the authorizer', () => {
  test('is not called when an identity source is missing or empty: 401 (platform.md 1.3)', async () => {
    expect(await refused('?mark=missing')).toBe(401);
    expect(await refused('?mark=missing&as=')).toBe(401);
    expect(await refused('?as=deny&mark=there')).toBe(403);
    expect(gateway.log()).toContain('"mark":"there"');
    expect(gateway.log()).not.toContain('"mark":"missing"');
  });

  test.each([
    ['a Deny', 'deny', 403],
    ['an Allow beside a Deny', 'both', 403],
    ['an Allow for another API', 'elsewhere', 403],
    ['Unauthorized', 'unauthorized', 401],
    ['any other exception', 'throw', 500],
    ['a result without a principal', 'nobody', 500],
    ['an object in the context', 'object', 500],
    ['a result over 8 KB', 'long', 500],
  ])('that returns %s refuses with its status (platform.md 1.1, 1.3)', async (_what, as, status) => {
    expect(await refused(`?as=${as}`)).toBe(status);
  });

  test('may allow by a wildcard (platform.md 1.3)', async () => {
    await (await openClient(gateway.wsUrl, { query: '?as=anywhere' })).close();
  });

  test('gives its context, as strings, to every event, and is called once (platform.md 1.2, 1.3)', async () => {
    const client = await openClient(gateway.wsUrl, { query: '?as=allow&mark=once' });
    const context = { user: 'ann', age: '7', admin: 'false', principalId: 'ann', integrationLatency: 1 };
    for (const text of ['first', 'second']) {
      client.send(JSON.stringify({ text }));
      const { event } = await client.next(({ event: seen }) => JSON.parse(seen.body).text === text);
      expect(event.requestContext.authorizer).toEqual(context);
    }
    await client.close();
    const asked = await gateway.seen((event) => event.queryStringParameters?.mark === 'once');
    const { connectionId } = asked.requestContext;
    for (const routeKey of ['$connect', '$disconnect']) {
      const { requestContext } = await gateway.seen(
        (event) =>
          !event.methodArn &&
          event.requestContext.connectionId === connectionId &&
          event.requestContext.routeKey === routeKey,
      );
      expect(requestContext.authorizer).toEqual(context);
    }
    const calls = gateway
      .log()
      .split('\n')
      .filter((line) => line.includes('"methodArn"') && line.includes('once'));
    expect(calls).toHaveLength(1);
  });

  test('is called for every connection: what it said of the same token before is not kept (platform.md 1.3)', async () => {
    const headers = { authorization: 'Bearer the-same' };
    for (let i = 0; i < 2; i++)
      await (await openClient(gateway.wsUrl, { query: '?as=allow&mark=again', headers })).close();
    const calls = gateway
      .log()
      .split('\n')
      .filter((line) => line.includes('"methodArn"') && line.includes('again'));
    expect(calls).toHaveLength(2);
  });

  test('whose identity source is the default of osls lets no browser in (platform.md 1.3)', async () => {
    const own = await deploy({
      ...functions([]),
      connect: { code: connect, events: [{ websocket: { route: '$connect', authorizer: 'authorize' } }] },
    });
    expect(await refusedWith(own.wsUrl, { query: '?as=allow' })).toBe(401);
    await (await openClient(own.wsUrl, { query: '?as=allow', headers: { auth: 'x' } })).close();
    await own.stop();
  });
});

describe('$connect', () => {
  test.each([
    ['403', 403],
    ['503', 503],
    ['throw', 502],
    ['nothing', 502],
  ])(
    'that answers %s refuses the handshake with %i, and no $disconnect follows (platform.md 1.2)',
    async (answer, status) => {
      expect(await refused(`?as=allow&answer=${answer}`)).toBe(status);
      const { requestContext } = await gateway.seen(
        (event) => !event.methodArn && event.queryStringParameters?.answer === answer,
      );
      await gateway.freeze();
      const mine = gateway
        .log()
        .split('\n')
        .filter((line) => line.includes(requestContext.connectionId));
      expect(mine.join()).not.toContain('$disconnect');
    },
  );

  test('chooses the subprotocol: the client gets that one and no other (platform.md 1.2)', async () => {
    const query = '?as=allow&protocol=second';
    const client = await openClient(gateway.wsUrl, { query, protocols: ['first', 'second'] });
    expect(client.protocol).toBe('second');
    await client.close();
  });

  test('that chooses no subprotocol makes the handshake fail for who offers one (platform.md 1.2)', async () => {
    const opening = openClient(gateway.wsUrl, { query: '?as=allow', protocols: ['first'] });
    await expect(opening).rejects.toThrow('Server sent no subprotocol');
  });
});

describe('the URL', () => {
  test('carries the stage: elsewhere there is no API (platform.md 1.5)', async () => {
    expect(await refusedWith(gateway.wsUrl.replace('/dev', ''), { query: '?as=allow' })).toBe(403);
  });

  test('has at most 4 096 characters (platform.md 1.1)', async () => {
    const query = '?as=allow&x=';
    const fill = 4_096 - '/dev'.length - query.length;
    await (await openClient(gateway.wsUrl, { query: query + 'x'.repeat(fill) })).close();
    expect(await refused(query + 'x'.repeat(fill + 1))).toBe(414);
  });
});

describe('the events of the handshake, as recorded ones (platform.md 1.2)', () => {
  const anId = expect.stringMatching(/^[\w-]{15}=$/);
  const context = {
    routeKey: '$connect',
    eventType: 'CONNECT',
    extendedRequestId: anId,
    requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z][a-z]\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    messageDirection: 'IN',
    stage: 'dev',
    connectedAt: expect.any(Number),
    requestTimeEpoch: expect.any(Number),
    identity: { sourceIp: '127.0.0.1', userAgent: 'me' },
    requestId: anId,
    domainName: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    connectionId: anId,
    apiId: 'localsocket',
  };
  const headers = {
    Host: context.domainName,
    'X-Mixed-Case': 'b',
    'User-Agent': 'me',
    'Sec-WebSocket-Key': expect.any(String),
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Extensions': expect.any(String),
    'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  };
  const each = (single: object) =>
    Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]]));

  test('have these fields, headers in the case of the client, and the last of several values', async () => {
    const sent = { 'X-Mixed-Case': 'b', 'User-Agent': 'me' };
    const query = '?as=allow&list=1&list=2';
    const client = await openClient(gateway.wsUrl, { query, headers: sent });
    await client.close();
    const isMine = (event: { queryStringParameters?: { list?: string } }) =>
      event.queryStringParameters?.list === '2';
    const shared = {
      queryStringParameters: { as: 'allow', list: '2' },
      multiValueQueryStringParameters: { as: ['allow'], list: ['1', '2'] },
    };
    const ofHop = { Connection: 'upgrade', 'content-length': '0', Upgrade: 'websocket' };
    expect(await gateway.seen((event) => isMine(event) && event.methodArn)).toEqual({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:localsocket/dev/$connect',
      headers: { ...headers, ...ofHop },
      multiValueHeaders: { ...each(headers), ...each(ofHop) },
      ...shared,
      stageVariables: {},
      requestContext: context,
    });
    expect(await gateway.seen((event) => isMine(event) && !event.methodArn)).toEqual({
      headers,
      multiValueHeaders: each(headers),
      ...shared,
      requestContext: { ...context, authorizer: expect.any(Object) },
      isBase64Encoded: false,
    });
  });
});
