import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Publication } from '../../lib/outcome.ts';
import { memoryQueue } from '../../lib/queue/memory.ts';
import type { Queue } from '../../lib/queue/port.ts';
import { sqsQueue } from '../../lib/queue/sqs.ts';
import { refusal } from '../support/app.ts';
import { aMessage } from '../support/entries.ts';
import { aConnection, aConversation, aUser } from '../support/ids.ts';

const region = 'eu-west-1';
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'the session token',
};

/** The hash that the SDK's signer asks for. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as ArrayBuffer));
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(Buffer.from(data as ArrayBuffer));
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

type Asked = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** SQS as far as a put goes: it takes what the SDK would have signed alike, and hands it on. */
const startSqs = async (handOn: (publication: Publication) => void) => {
  const asked: Asked[] = [];
  let status = 200;
  const signatureOf = async ({ headers, body, path }: Asked) => {
    const { host = '', 'x-amz-date': date = '' } = headers;
    const at = String(date).replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z');
    const theirs = new SignatureV4({
      credentials,
      region,
      service: 'sqs',
      sha256: NodeSha256,
      applyChecksum: false,
    });
    const signed = {
      host,
      'content-type': String(headers['content-type']),
      'x-amz-target': String(headers['x-amz-target']),
    };
    const request = {
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path,
      query: {},
      headers: signed,
      body,
    };
    return (await theirs.sign(request, { signingDate: new Date(at) })).headers.authorization;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    asked.push(one);
    const genuine = one.headers.authorization === (await signatureOf(one));
    response.writeHead(genuine ? status : 403).end('{}');
    if (genuine && status === 200) handOn(JSON.parse(JSON.parse(body).MessageBody) as Publication);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/123456789012/deliver`;
  return {
    url,
    asked,
    answer: (next: number) => {
      status = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const aPublication = (): Publication => ({
  frame: { ...aMessage({ conversation: aConversation(), seq: 3, from: aUser() }), text: 'é "🎉" & +' },
  recipients: [
    {
      user: aUser(),
      inbox: { prev: 1, version: 2 },
      connections: [{ connection: aConnection(), expiresAt: 5 }],
    },
    { user: aUser(), connections: [{ connection: aConnection(), expiresAt: 6 }] },
  ],
});

let sqs: Awaited<ReturnType<typeof startSqs>>;
let delivered: Publication[];
beforeEach(async () => {
  delivered = [];
  sqs = await startSqs((publication) => delivered.push(publication));
});
afterEach(() => sqs.close());

const implementations: [string, () => Queue][] = [
  ['memory', () => memoryQueue(async (publication) => void delivered.push(publication))],
  ['SQS', () => sqsQueue({ url: sqs.url, region, credentials: async () => credentials })],
];

describe.each(implementations)('a queue in %s', (_name, make) => {
  test('hands over what was put, as it was', async () => {
    const [one, two] = [aPublication(), aPublication()];
    const port = make();
    await port.put(one);
    await port.put(two);
    expect(delivered).toEqual([one, two]);
    expect(delivered[0]).not.toBe(one);
  });
});

describe('SQS', () => {
  const put = (url = sqs.url) =>
    sqsQueue({ url, region, credentials: async () => credentials }).put(aPublication());

  test('is asked by its JSON protocol', async () => {
    await put();
    expect(sqs.asked).toHaveLength(1);
    expect(sqs.asked[0]).toMatchObject({
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.SendMessage',
        'x-amz-security-token': 'the session token',
      },
    });
    expect(JSON.parse(sqs.asked[0]?.body ?? '')).toEqual({
      QueueUrl: sqs.url,
      MessageBody: expect.any(String),
    });
  });

  test.each([400, 403, 500, 503])('that answers %i took nothing', async (status) => {
    sqs.answer(status);
    expect(await refusal(put())).toMatchObject({ code: 'unavailable' });
    expect(delivered).toEqual([]);
  });

  test('that is out of reach is unavailable', async () => {
    expect(await refusal(put('http://127.0.0.1:1/123456789012/deliver'))).toMatchObject({
      code: 'unavailable',
    });
  });
});
