import { once } from 'node:events';
import { request } from 'node:http';
import { text as consume } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Door, deploy, type Started, startDoor } from './deploy.ts';

const on = (...routes: string[]) => routes.map((httpApi) => ({ httpApi }));
const says = (what: string, ...routes: string[]) => ({
  code: `exports.handler = async (event) => (${what});`,
  events: on(...routes),
});

let door: Door;
let gateway: Started;
beforeAll(async () => {
  door = await startDoor();
  gateway = await deploy(
    {
      echo: says('event', 'GET /echo/{id}/part/{other}', 'POST /echo', 'GET /echo/{id}', 'GET /echo/fixed'),
      full: says(
        `{ statusCode: 201, headers: { 'X-Mine': 1, 'Access-Control-Allow-Origin': 'mine' }, cookies: ['a=1', 'b=2'],
          body: 'aGk=', isBase64Encoded: true }`,
        'GET /full',
      ),
      throws: {
        code: `exports.handler = async () => { throw new Error('no'); };`,
        events: on('GET /throws'),
      },
    },
    {
      provider: {
        httpApi: {
          cors: {
            allowedOrigins: ['https://ours.example'],
            allowedHeaders: ['Authorization'],
            allowedMethods: ['GET'],
            maxAge: 60,
          },
        },
      },
    },
  );
});
afterAll(async () => {
  await gateway.stop();
  await door.stop();
});

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(gateway.httpUrl + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const payload =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html';

describe(`the event of an HTTP API, payload format 2.0 (${payload})`, () => {
  test('has every field, names in lower case, several values joined by commas', async () => {
    const { port } = new URL(gateway.httpUrl);
    const headers = { 'X-Mine': ['1', '2'], Cookie: 'a=1; b=2', 'User-Agent': 'me' };
    const path = '/echo/d%3Aone/part/two?list=1&list=2&text=a%20b';
    const asking = request({ host: '127.0.0.1', port, path, headers }).end();
    const [response] = await once(asking, 'response');
    const text = await consume(response);
    expect(JSON.parse(text)).toEqual({
      version: '2.0',
      routeKey: 'GET /echo/{id}/part/{other}',
      rawPath: '/echo/d%3Aone/part/two',
      rawQueryString: 'list=1&list=2&text=a%20b',
      cookies: ['a=1', 'b=2'],
      headers: {
        host: `127.0.0.1:${port}`,
        'x-mine': '1,2',
        'user-agent': 'me',
        'content-length': '0',
        'x-amzn-trace-id': expect.any(String),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      queryStringParameters: { list: '1,2', text: 'a b' },
      requestContext: {
        accountId: '123456789012',
        apiId: 'localhttp',
        domainName: `127.0.0.1:${port}`,
        domainPrefix: '127',
        http: {
          method: 'GET',
          path: '/echo/d%3Aone/part/two',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'me',
        },
        requestId: expect.any(String),
        routeKey: 'GET /echo/{id}/part/{other}',
        stage: '$default',
        time: expect.any(String),
        timeEpoch: expect.any(Number),
      },
      pathParameters: { id: 'd:one', other: 'two' },
      isBase64Encoded: false,
    });
  });

  test.each([
    ['application/json', '{"a":1}', false],
    ['text/plain; charset=utf-8', 'é', false],
    ['application/x-www-form-urlencoded', 'a=1', true],
    ['application/octet-stream', 'x', true],
  ])('of type %s carries the body %s, as base64: %p', async (type, body, isEncoded) => {
    const { text } = await ask('/echo', { method: 'POST', body, headers: { 'content-type': type } });
    const event = JSON.parse(text);
    expect(event.isBase64Encoded).toBe(isEncoded);
    expect(event.body).toBe(isEncoded ? Buffer.from(body).toString('base64') : body);
  });

  test('has no field for what is not there', async () => {
    const event = JSON.parse((await ask('/echo/fixed')).text);
    expect(event.routeKey).toBe('GET /echo/fixed');
    for (const field of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(event).not.toHaveProperty(field);
    }
  });
});

describe('the answer', () => {
  test('is what the function returned: status, headers, cookies, bytes', async () => {
    const { status, headers, text } = await ask('/full');
    expect([status, headers.get('x-mine'), text]).toEqual([201, '1', 'hi']);
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('of a function that fails is 500, without a word of it', async () => {
    expect(await ask('/throws')).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
  });

  test('for a route that nobody has is 404', async () => {
    const notFound = { status: 404, text: '{"message":"Not Found"}' };
    expect(await ask('/nowhere')).toMatchObject(notFound);
    expect(await ask('/echo/fixed', { method: 'DELETE' })).toMatchObject(notFound);
  });

  test('that comes after the integration timeout is 503 (platform.md 1.1)', async () => {
    const waits = `exports.handler = async () => (await fetch('${door.url}/http')).text();`;
    const own = await deploy(
      { waits: { code: waits, events: on('GET /waits') } },
      { limits: { integrationMs: 20 } },
    );
    const response = await fetch(`${own.httpUrl}/waits`);
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    await door.open('http');
    await own.stop();
  });
});

describe('CORS (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html)', () => {
  const preflight = (origin: string) =>
    ask('/full', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });

  test('a preflight is answered by the gateway, for the origins of serverless.yml', async () => {
    const { status, headers } = await preflight('https://ours.example');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://ours.example');
    expect(headers.get('access-control-allow-headers')).toBe('authorization');
    expect(headers.get('access-control-max-age')).toBe('60');
    expect((await preflight('https://evil.example')).headers.has('access-control-allow-origin')).toBe(false);
  });

  test('what a function says of it is replaced', async () => {
    const { headers } = await ask('/full', { headers: { origin: 'https://ours.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('https://ours.example');
    const other = await ask('/full', { headers: { origin: 'https://evil.example' } });
    expect(other.headers.has('access-control-allow-origin')).toBe(false);
  });
});
