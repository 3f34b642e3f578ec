import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Session } from '../../schema/http/users.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import { startOwnRedis, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { expectAllIn, readLog, say, type Talker, talkerOf } from '../support/talkers.ts';

/** People who do everything for `SOAK_MINUTES`, in threes; nothing may pile up, and nothing be lost. */
const minutes = Number(process.env.SOAK_MINUTES ?? 5);
const threes = 4;
/** Events of an instance, after which its heap is looked at. */
const betweenLooks = 32;

jest.setTimeout((minutes + 10) * 60_000);

let redis: RedisServer;
let strict: Strict;
beforeAll(async () => {
  redis = await startOwnRedis('soak');
  const lifted = {
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_STRANGER_REQUESTS: '1000000',
    PARLEY_FRAMES_PER_SECOND: '1000000',
    PARLEY_SENDS_PER_SECOND: '1000000',
    PARLEY_METRICS: 'none',
  };
  strict = await startStrict(lifted, { limits: { instances: 2 }, looks: true });
});
afterAll(async () => {
  await strict.stop();
  await redis.stop();
});

type Person = Talker & { group: string; done: number };

/** Each tenth time: so many handshakes are allowed. */
const rarely = (act: (person: Person) => Promise<unknown>) => async (person: Person) => {
  if (person.done % (10 * acts.length) < acts.length) await act(person);
};

/** What somebody does one after another, for as long as it lasts. */
const acts: ((person: Person) => Promise<unknown>)[] = [
  (person) => say(person, person.group, `number ${person.done}`),
  (person) => person.client.ask({ action: 'typing', conversation: person.group, active: true }),
  (person) => say(person, person.group, `and ${person.done}`),
  (person) => change(person, { action: 'react', emoji: '👍' }),
  (person) => change(person, { action: 'react', emoji: '👍', remove: true }),
  ({ client, group, sent }) =>
    client.ask({ action: 'markRead', conversation: group, seq: sent.at(-1)?.seq ?? 1 }),
  ({ client }) => client.ask({ action: 'ping' }),
  ({ client }) => client.ask({ action: 'sync', since: 0 }),
  ({ session, group }) =>
    strict.http('GET', `/v1/conversations/${group}/messages?limit=50`, { token: session.token }),
  ({ session }) => strict.http('GET', '/v1/conversations', { token: session.token }),
  ({ session }) => strict.http('GET', '/v1/unread', { token: session.token }),
  rarely(async (person) => {
    await person.client.close();
    person.client = await strict.connect(person.session);
  }),
];
const change = ({ client, group, sent }: Person, frame: object) =>
  client.ask({ ...frame, conversation: group, seq: sent.at(-1)?.seq ?? 1 });

const live = async (person: Person, until: number) => {
  while (Date.now() < until) {
    const answer = await acts[person.done++ % acts.length]?.(person);
    if (isRefusal(answer)) person.refusals.push(answer);
  }
};
/** As the schedule does, only more often. */
const sweep = async (until: number) => {
  while (Date.now() < until) {
    await strict.sweep();
    await pause(5_000);
  }
};
const isRefusal = (answer: unknown): answer is { type: 'error' } =>
  typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'error';

/** What is held, while nobody does anything. */
const held = async () => {
  await strict.freeze();
  const operator = new Redis(redis.port);
  const clients = Number((await operator.info('clients')).match(/connected_clients:(\d+)/)?.[1]);
  operator.disconnect();
  return {
    instances: strict.instances(),
    clients,
    sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
  };
};

test(`after ${minutes} minutes nothing has piled up, nothing is lost, and the log tells of no fault`, async () => {
  const sessions = await Promise.all(Array.from({ length: 3 * threes }, () => strict.register()));
  const groups = await Promise.all(
    Array.from({ length: threes }, async (_, i) => {
      const [own, ...others] = sessions.slice(3 * i, 3 * i + 3);
      const body = { kind: 'group', title: 'soaked', members: others.map(({ user }) => user.id) };
      return (await strict.http('POST', '/v1/conversations', { token: own?.token ?? '', body })).body.id;
    }),
  );
  const people: Person[] = await Promise.all(
    sessions.map(async (session, i) => ({
      ...(await talkerOf(strict, session)),
      group: groups[Math.floor(i / 3)],
      done: 0,
    })),
  );
  const liveFor = (part: number) => {
    const until = Date.now() + part * minutes * 60_000;
    return Promise.all([sweep(until), ...people.map((person) => live(person, until))]);
  };

  await liveFor(1 / 3);
  const before = await held();
  await liveFor(2 / 3);
  const after = await held();

  // As many as may run at a time, however long it lasts.
  const count = after.instances.length;
  expect(after.clients).toBeLessThanOrEqual(count + 1);
  expect(after.sockets).toBeLessThanOrEqual(
    Math.ceil((before.sockets / before.instances.length) * count) + 20,
  );
  const grown = after.instances.flatMap(({ id, function: name, invocations, heapBytes }) => {
    const then = before.instances.find((one) => one.id === id);
    // Some have had too few events to be looked at twice.
    if (!then?.heapBytes || invocations < then.invocations + betweenLooks) return [];
    return [{ name, invocations, bytes: heapBytes - then.heapBytes }];
  });
  expect(grown.length).toBeGreaterThan(3);
  expect(grown.filter(({ bytes }) => bytes > 2 * 2 ** 20)).toEqual([]);

  for (const { client } of people) await client.close();
  for (const [i, group] of groups.entries()) {
    const log = await readLog(strict, sessions[3 * i] as Session, group);
    const sent = people.slice(3 * i, 3 * i + 3).flatMap((person) => person.sent);
    expect(sent.length).toBeGreaterThan(100);
    expectAllIn(log, sent);
  }
  expect(people.flatMap(({ refusals }) => refusals)).toEqual([]);
  const lines = strict
    .log()
    .split('\n')
    .filter((line) => line !== '');
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told.filter(({ level, errorType }) => level === 'error' || errorType !== undefined)).toEqual([]);
});
