import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod/mini';
import { sendMessage } from '../../lib/actions/messages/send.ts';
import { sweep } from '../../lib/actions/sweep.ts';
import { deliverQueued } from '../../lib/deliver.ts';
import { onFrame } from '../../lib/edge/on-frame.ts';
import { onQueue, onSchedule } from '../../lib/edge/on-invoke.ts';
import { emf } from '../../lib/metrics/emf.ts';
import { count, measure, timed } from '../../lib/metrics/measure.ts';
import { metrics } from '../../lib/metrics/metrics.ts';
import { addDuration, createTally } from '../../lib/metrics/tally.ts';
import type { Publication } from '../../lib/outcome.ts';
import { inRequest, openRequest } from '../../lib/request.ts';
import { SendMessage } from '../../schema/frames.ts';
import { limits } from '../../schema/limits.ts';
import { aGroup, connectAs, type TestApp, testApp } from '../support/app.ts';
import { aConversation } from '../support/ids.ts';
import { context, frameEvent } from './events.ts';

type Line = Record<string, unknown> & { _aws?: { CloudWatchMetrics: Directive[] } };
type Directive = { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] };

let lines: Line[];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
const measured = () => lines.filter(({ event }) => event === 'invocation.measured');

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const trace = `00-${traceId}-00f067aa0ba902b7-01`;

let app: TestApp;
beforeEach(() => {
  app = testApp();
});

const send = async (frame: object) => {
  const ann = await connectAs(app);
  const bob = await connectAs(app);
  const conversation = await aGroup(app, ann, bob);
  lines = [];
  const event = frameEvent(ann, JSON.stringify({ action: 'sendMessage', conversation, ...frame }));
  const received = { ...event, requestContext: { ...event.requestContext, requestTimeEpoch: Date.now() } };
  await onFrame(SendMessage, sendMessage, () => app)(received, context);
  return { ann, bob, conversation };
};

describe('the line of an invocation', () => {
  test('says whose it is and what it counted, by the rules of CloudWatch', async () => {
    const { ann, conversation } = await send({ text: 'a secret text', trace });
    expect(measured()).toHaveLength(1);
    const [line = {}] = measured();
    expect(line).toMatchObject({
      request: context.awsRequestId,
      connection: ann.connection,
      ...{ action: 'sendMessage', conversation, seq: 2, trace: traceId, stage: 'local' },
      ...{ frames: 1, sends: 1, acks: 1, deliveries: 1 },
      ...{ postMs: [expect.any(Number)], lastPostMs: [expect.any(Number)], answerMs: [expect.any(Number)] },
    });
    for (const { Namespace, Dimensions, Metrics } of line._aws?.CloudWatchMetrics ?? []) {
      expect([Namespace, Dimensions]).toEqual(['Parley', [['stage']]]);
      for (const { Name, Unit } of Metrics) {
        expect(Object.keys(metrics)).toContain(Name);
        expect(['Count', 'Milliseconds']).toContain(Unit);
        expect(line[Name]).toBeDefined();
      }
    }
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('tells refusals apart by their code', async () => {
    await send({ conversation: aConversation(), text: 'x' });
    const [line = {}] = measured();
    expect(line).toMatchObject({ frames: 1, refusals: 1, code: 'not-found' });
    expect(line).not.toHaveProperty('faults');
    expect(line._aws?.CloudWatchMetrics).toContainEqual({
      Namespace: 'Parley',
      Dimensions: [['stage', 'code']],
      Metrics: [{ Name: 'refusals', Unit: 'Count' }],
    });
  });

  test('holds nothing that a stranger made up', async () => {
    const forged = { action: 'sendMessage", "level": "error', id: 'forged', trace: 'forged', key: 'forged' };
    await send({ ...forged, text: 'forged' });
    expect(JSON.stringify(lines)).not.toContain('forged');
  });

  test('is one, however many there are to be told', async () => {
    const ann = await connectAs(app);
    const others = await Promise.all(Array.from({ length: 40 }, () => connectAs(app)));
    const conversation = await aGroup(app, ann, ...others);
    lines = [];
    const event = frameEvent(ann, JSON.stringify({ action: 'sendMessage', conversation, text: 'hello' }));
    await onFrame(SendMessage, sendMessage, () => app)(event, context);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ deliveries: 40 });
    expect(lines[0]?.postMs).toHaveLength(40);
  });
});

test('a trace goes along with what is left to the queue, to the last post', async () => {
  const ann = await connectAs(app);
  const bob = await connectAs(app);
  const crowd = await Promise.all(Array.from({ length: 250 }, () => connectAs(app, bob.user)));
  app.connections.mark = ((mark) => async (user, conversation) => {
    const marked = await mark(user, conversation);
    const connections = crowd.map(({ connection, expiresAt }) => ({ connection, expiresAt }));
    return user === bob.user ? { ...marked, connections } : marked;
  })(app.connections.mark);
  const queue: string[] = [];
  app.queue = { put: async (publication) => void queue.push(JSON.stringify(publication)) };
  const conversation = await aGroup(app, ann, bob);
  lines = [];
  queue.length = 0;
  const event = frameEvent(
    ann,
    JSON.stringify({ action: 'sendMessage', conversation, text: 'hello', trace }),
  );
  await onFrame(SendMessage, sendMessage, () => app)(event, context);
  expect(measured()).toMatchObject([{ deliveries: limits.inlinePosts, queued: 50, trace: traceId }]);
  lines = [];
  const deliver = onQueue<Publication>((publication) => deliverQueued(app, publication));
  const Records = queue.map((body, i) => ({ messageId: String(i), body }));
  await deliver({ Records }, { ...context, awsRequestId: 'another' });
  expect(measured()).toMatchObject([
    {
      request: 'another',
      origin: context.awsRequestId,
      trace: traceId,
      conversation,
      seq: 2,
      deliveries: 50,
    },
  ]);
});

test('the sweep says how old what it found was, also when that is nothing', async () => {
  const run = onSchedule('sweep.finished', () => sweep(app, { once: true }));
  await run({}, context);
  expect(measured()).toMatchObject([{ sweepLagMs: [0] }]);
  lines = [];
  const at = app.clock.now();
  const ann = await connectAs(app);
  const conversation = await aGroup(app, ann);
  await app.unannounced.note({ conversation, seq: 1, kind: 'entry', at });
  await app.clock.pass(90_000);
  await run({}, context);
  expect(measured()).toMatchObject([{ sweepLagMs: [90_000], announced: 1 }]);
});

describe('what is counted', () => {
  const measuring = async (work: () => Promise<unknown> | unknown) => {
    const request = openRequest({}, undefined);
    await inRequest(request, async () => work());
    return emf(request.tally, 'test', 0);
  };

  test('outside of an invocation is nothing', () => {
    expect(() => {
      count('frames');
      measure('postMs', 1);
    }).not.toThrow();
  });

  test('of several values of one label stands in a line each', async () => {
    const told = await measuring(() => {
      count('refusals', 2, 'rate-limited');
      count('refusals', 1, 'not-found');
      count('frames', 3);
    });
    expect(told).toMatchObject([
      { frames: 3, refusals: 2, code: 'rate-limited', stage: 'test' },
      { refusals: 1, code: 'not-found', stage: 'test' },
    ]);
    expect(told[1]).not.toHaveProperty('frames');
  });

  test('is timed whether it fails or not, and the promise is the same', async () => {
    const failures: unknown[] = [];
    const told = await measuring(async () => {
      const good = Promise.resolve(7);
      const bad = Promise.reject(new Error('away'));
      expect(timed('redisMs', good)).toBe(good);
      await expect(timed('redisMs', bad, (error) => failures.push(error))).rejects.toThrow('away');
    });
    expect(told[0]?.redisMs).toHaveLength(2);
    expect(failures).toHaveLength(1);
  });

  test('of many durations are at most as many as CloudWatch takes, from all of them alike', () => {
    const tally = createTally();
    for (let i = 0; i < 1_000; i++) addDuration(tally, 'postMs', i);
    const values = tally.durations.get('postMs')?.values ?? [];
    expect(values.length).toBeGreaterThan(50);
    expect(values.length).toBeLessThanOrEqual(100);
    const steps = new Set(values.slice(1).map((value, i) => value - (values[i] ?? 0)));
    expect(steps.size).toBe(1);
  });
});

test('a frame with a trace that is none is refused', async () => {
  const frame = onFrame(
    z.looseObject({}),
    async () => ({ reply: { type: 'ok' as const } }),
    () => ({}),
  );
  expect(frame).toBeDefined();
  for (const wrong of ['', trace.toUpperCase(), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])
    expect(SendMessage.safeParse({ action: 'sendMessage', text: 'x', trace: wrong }).success).toBe(false);
});
