import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { inLanes } from '../../lib/lanes.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import { userKeys } from '../../lib/redis/keys.ts';
import { type ErrorCode, errors } from '../../schema/errors.ts';
import { Problem } from '../../schema/http/conversations.ts';
import type { Session } from '../../schema/http/users.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { ErrorFrame } from '../../schema/pushes.ts';
import { textOf } from '../drift/sources.ts';
import type { Client, Frame } from '../support/client.ts';
import { aMessage } from '../support/entries.ts';
import { aConversation, aKey } from '../support/ids.ts';
import { realCassandra, realRedis, startOwnRedis, unconditional, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';
import { signedFor } from '../support/tokens.ts';

jest.setTimeout(60_000);

/** Every code of the table in PROTOCOL.md, provoked once through real frames or requests. */
const table = [...textOf('docs/PROTOCOL.md').matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\| (yes|no) /gm)].map(
  ([, code, status, retryable]) => ({
    code: code as ErrorCode,
    status: Number(status),
    retryable: retryable === 'yes',
  }),
);

let parley: Strict;
let ann: Session;
let bob: Session;
let hers: Client;
let his: Client;
let group: string;
let said: number;
const inRedis = new Redis(process.env.PARLEY_REDIS_URL ?? '', { lazyConnect: true });

beforeAll(async () => {
  parley = await startStrict({
    PARLEY_SENDS_PER_SECOND: '1000',
    PARLEY_SENDS_BY_ROLE: '{"slow":1}',
    PARLEY_STRANGER_REQUESTS: '1000',
  });
  [ann, bob] = [await parley.register(), await parley.register()];
  [hers, his] = [await parley.connect(ann), await parley.connect(bob)];
  const { body } = await parley.http('POST', '/v1/conversations', {
    token: ann.token,
    body: { kind: 'group', title: 'of errors', members: [bob.user.id] },
  });
  group = body.id;
  said = (await hers.ask({ action: 'sendMessage', conversation: group, text: 'hello' })).seq;
});
afterAll(async () => {
  inRedis.disconnect();
  await Promise.all([hers.close(), his.close()]);
  await parley.stop();
});

/** A log so long that an earlier attempt is not looked for, written straight into the table. */
const longLog = async (conversation: ConversationId, from: UserId) => {
  const [cassandra, redis] = [realCassandra(), realRedis()];
  const messages = cassandraMessages(unconditional(cassandra));
  const seqs = Array.from({ length: limits.retryEntries + 1 }, (_, i) => i + 2);
  await inLanes(64, seqs, async (seq) => void (await messages.append(aMessage({ conversation, seq, from }))));
  await redisConversations(redis).drop(conversation);
  await Promise.all([cassandra.close(), redis.close()]);
};

type Answer = Frame | Awaited<ReturnType<Strict['http']>>;

const provoked: Record<ErrorCode, () => Promise<Answer>> = {
  'bad-frame': () => {
    hers.send('{nope');
    return hers.next(({ code }) => code === 'bad-frame');
  },
  'unknown-action': () => hers.ask({ action: 'dance' }),
  'bad-request': () => hers.ask({ action: 'ping', colour: 'red' }),
  'too-large': () =>
    hers.ask({ action: 'sendMessage', conversation: group, text: 'x'.repeat(limits.textBytes + 1) }),
  unauthorized: () => parley.http('GET', '/v1/me'),
  'token-expired': async () => {
    const { token } = await signedFor(parley, ann, { agoMs: 3_600_000 });
    return hers.ask({ action: 'refreshToken', token });
  },
  revoked: async () => {
    const credentials = { name: ann.user.name, password: 'correct horse' };
    const { token } = (await parley.http('POST', '/v1/tokens', { body: credentials })).body;
    const { device } = (await parley.http('GET', '/v1/me', { token })).body;
    await parley.http('DELETE', `/v1/devices/${device}`, { token: ann.token });
    return parley.http('GET', '/v1/me', { token });
  },
  forbidden: () => his.ask({ action: 'editMessage', conversation: group, seq: said, text: 'mine' }),
  'not-found': () => hers.ask({ action: 'sendMessage', conversation: aConversation(), text: 'x' }),
  blocked: async () => {
    const cid = await parley.register();
    await parley.http('PUT', `/v1/blocks/${ann.user.id}`, { token: cid.token });
    return hers.ask({ action: 'sendMessage', to: cid.user.id, text: 'hello?' });
  },
  'message-deleted': async () => {
    const { seq } = await hers.ask({ action: 'sendMessage', conversation: group, text: 'gone' });
    await hers.ask({ action: 'deleteMessage', conversation: group, seq });
    return hers.ask({ action: 'editMessage', conversation: group, seq, text: 'back' });
  },
  conflict: async () => {
    const put = { action: 'react', conversation: group, seq: said, emoji: '👍' };
    await his.ask(put);
    return his.ask(put);
  },
  'name-taken': () =>
    parley.http('POST', '/v1/register', { body: { name: ann.user.name, password: 'correct horse' } }),
  'retry-too-old': async () => {
    const { id } = (
      await parley.http('POST', '/v1/conversations', {
        token: ann.token,
        body: { kind: 'group', title: 'long', members: [] },
      })
    ).body;
    await longLog(id, ann.user.id);
    return hers.ask({ action: 'sendMessage', conversation: id, text: 'late', key: aKey(), after: 1 });
  },
  'unknown-connection': async () => {
    const forgotten = await parley.register();
    const client = await parley.connect(forgotten);
    await inRedis.del(userKeys(forgotten.user.id).connections);
    return client.ask({ action: 'ping' });
  },
  'rate-limited': async () => {
    const client = await parley.connect(await signedFor(parley, ann, { role: 'slow' }));
    for (;;) {
      const answer = await client.ask({ action: 'sendMessage', conversation: group, text: 'again' });
      if (answer.type !== 'ack') return answer;
    }
  },
  /** Redis holds what no version of this server has put there. */
  internal: async () => {
    const unlucky = await parley.register();
    const client = await parley.connect(unlucky);
    const { connections } = userKeys(unlucky.user.id);
    await inRedis.del(connections);
    await inRedis.set(connections, 'no hash');
    return client.ask({ action: 'ping' });
  },
  /** A Redis of its own, which ends. */
  unavailable: async () => {
    const redis = await startOwnRedis('errors');
    const own = await startStrict({ PARLEY_REDIS_URL: urlOf(redis) });
    const client = await own.connect(await own.register());
    await redis.stop('SIGKILL');
    const answer = await client.ask({ action: 'ping' });
    await own.stop();
    return answer;
  },
};

const more = (code: ErrorCode, answer: { retryAfterMs?: number; pointer?: string }) => ({
  ...(code === 'rate-limited' && { retryAfterMs: expect.any(Number) }),
  ...(answer.pointer !== undefined && { pointer: expect.stringMatching(/^\//) }),
});

test.each(table)('$code', async ({ code, status, retryable }) => {
  expect(errors[code]).toMatchObject({ status, retryable });
  const answer = await provoked[code]();
  const words = expect.stringMatching(/^unable to .+; .+/);
  if ('headers' in answer) {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(Problem.safeParse(answer.body).success).toBe(true);
    expect(answer.body).toEqual({
      type: `urn:parley:error:${code}`,
      title: errors[code].title,
      detail: words,
      ...{ status, code, retryable },
      ...more(code, answer.body),
    });
  } else {
    expect(ErrorFrame.safeParse(answer).success).toBe(true);
    expect(answer).toEqual({
      type: 'error',
      ...(code !== 'bad-frame' && { id: expect.any(String) }),
      message: words,
      ...{ code, retryable },
      ...more(code, answer),
    });
  }
});

test('there is no other code', () => {
  expect(table.map(({ code }) => code).sort()).toEqual(Object.keys(errors).sort());
  expect(Object.keys(provoked).sort()).toEqual(Object.keys(errors).sort());
});
