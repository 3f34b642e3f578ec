import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Publication } from '../../lib/outcome.ts';
import { sqsQueue } from '../../lib/queue/sqs.ts';
import { type Door, deploy, type Started, startDoor } from './deploy.ts';

let door: Door;
beforeAll(async () => {
  door = await startDoor();
});
afterAll(() => door.stop());

/** By the names in the bodies: `throws` fails the batch, `refused` is reported, `waits` does, anything else is done. */
const works = () => `exports.handler = async (event) => {
  see(event);
  const names = event.Records.map(({ body }) => JSON.parse(body).name);
  if (names.includes('throws')) throw new Error('no');
  if (names[0].startsWith('waits')) await fetch('${door.url}/' + names[0]);
  const refused = event.Records.filter((_, i) => names[i] === 'refused');
  return { batchItemFailures: refused.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

type Event = { Records?: { body: string; attributes: { ApproximateReceiveCount: string } }[] };
type Environment = Record<string, string>;

let gateway: Started;
let put: (...names: string[]) => Promise<unknown>;
let environment: Environment;
beforeEach(async () => {
  const functions = {
    deliver: {
      code: works(),
      events: [
        {
          sqs: {
            arn: { 'Fn::GetAtt': ['Waiting', 'Arn'] },
            batchSize: 2,
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
            maximumConcurrency: '${param:deliverers}',
            functionResponseType: 'ReportBatchItemFailures',
          },
        },
      ],
    },
    where: { code: `exports.handler = async () => process.env;` },
    connect: { code: works(), events: [{ websocket: { route: '$connect' } }] },
  };
  gateway = await deploy(functions, {
    limits: { visibilityMs: 20 },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
    provider: { environment: { URL: '${env:PARLEY_QUEUE_URL}' } },
    params: { default: { deliverers: 2 } },
    resources: {
      Resources: { Waiting: { Properties: { RedrivePolicy: { maxReceiveCount: 3 } } } },
    },
  });
  environment = (await gateway.invoke('where', {})) as Environment;
  const { URL: url = '', AWS_REGION: region = '' } = environment;
  const credentials = {
    accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: environment.AWS_SESSION_TOKEN ?? '',
  };
  const queue = sqsQueue({ url, region, credentials: async () => credentials });
  put = (...names) => Promise.all(names.map((name) => queue.put({ name } as unknown as Publication)));
});
afterEach(() => gateway.stop());

const namesIn = ({ Records = [] }: Event) => Records.map(({ body }) => JSON.parse(body).name);
const receivesIn = ({ Records = [] }: Event) =>
  Records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount));
const received = (name: string, receives: number) => (event: Event) =>
  namesIn(event).some((one, i) => one === name && receivesIn(event)[i] === receives);

describe('a queue hands messages to its function (Lambda Developer Guide, "Using Lambda with Amazon SQS")', () => {
  test('in batches, as records', async () => {
    await put('one', 'two', 'three');
    const events: Event[] = await Promise.all(
      ['one', 'two', 'three'].map((name) => gateway.seen(received(name, 1))),
    );
    expect(Math.max(...events.map(({ Records = [] }) => Records.length))).toBeLessThanOrEqual(2);
    expect(events[0]?.Records?.[0]).toMatchObject({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      eventSource: 'aws:sqs',
      awsRegion: environment.AWS_REGION,
    });
  });

  test('again those that it reports, and in the end to the dead letters', async () => {
    await put('refused', 'done');
    const third: Event = await gateway.seen(received('refused', 3));
    expect(namesIn(third)).toEqual(['refused']);
    await put('after');
    await gateway.seen(received('after', 1));
    while (gateway.deadLetters().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(gateway.deadLetters()).toEqual([JSON.stringify({ name: 'refused' })]);
  });

  test('again the whole batch where it throws', async () => {
    await put('throws', 'beside');
    const first: Event = await gateway.seen(received('throws', 1));
    const again: Event = await gateway.seen(received('throws', 2));
    expect(namesIn(again)).toEqual(expect.arrayContaining(namesIn(first)));
  });

  test('to so many invocations at a time, and no more ("Configuring maximum concurrency")', async () => {
    const [one, two, three] = ['waits-one', 'waits-two', 'waits-three'] as const;
    for (const name of [one, two]) {
      await put(name);
      await door.knocked(name);
    }
    await put(three);
    await put('behind');
    expect(gateway.instances().filter(({ state }) => state === 'running')).toHaveLength(2);
    expect(gateway.log()).not.toContain(three);
    await door.open(two);
    // Those that waited come as one batch.
    const last: Event = await gateway.seen(received(three, 1));
    expect(namesIn(last)).toEqual([three, 'behind']);
    await Promise.all([one, three].map(door.open));
    await gateway.freeze();
    expect(gateway.instances().filter((one) => one.function === 'deliver')).toHaveLength(2);
  });
});

test('a message of 256 KB is taken, and none of a byte more (SQS Developer Guide, "Amazon SQS message quotas")', async () => {
  const around = JSON.stringify({ name: '' }).length;
  const largest = 'x'.repeat(256 * 1_024 - around);
  await expect(put(`${largest}x`)).rejects.toMatchObject({ code: 'unavailable' });
  await put(largest);
  await gateway.seen(received(largest, 1));
});

test('a put must be signed, and for this queue', async () => {
  const { URL: url = '', AWS_REGION: region = '' } = environment;
  const unsigned = await fetch(new URL(url).origin, { method: 'POST', body: '{}' });
  expect(unsigned.status).toBe(403);
  const stranger = { accessKeyId: 'another', secretAccessKey: 'x', sessionToken: 'y' };
  const queue = sqsQueue({ url, region, credentials: async () => stranger });
  await expect(queue.put({} as Publication)).rejects.toMatchObject({ code: 'unavailable' });
});
