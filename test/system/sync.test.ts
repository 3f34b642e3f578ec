import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Session } from '../../schema/http/users.ts';
import { limits } from '../../schema/limits.ts';
import type { RedisServer } from '../../scripts/parts/redis.ts';
import type { Client, Frame } from '../support/client.ts';
import { startOwnRedis, urlOf } from '../support/real.ts';
import { type Strict, startStrict } from '../support/strict.ts';

jest.setTimeout(60_000);

let redis: RedisServer;
let parley: Strict;
beforeAll(async () => {
  redis = await startOwnRedis('sync');
  parley = await startStrict({
    PARLEY_REDIS_URL: urlOf(redis),
    PARLEY_SENDS_PER_SECOND: '1000',
    PARLEY_FRAMES_PER_SECOND: '1000',
    PARLEY_STRANGER_REQUESTS: '1000',
  });
});
afterAll(async () => {
  await parley.stop();
  await redis.stop();
});

type Pair = { ann: Session; bob: Session; hers: Client; id: string };

/** A group of two in which the first is connected. */
const aPair = async (): Promise<Pair> => {
  const [ann, bob] = [await parley.register(), await parley.register()];
  const hers = await parley.connect(ann);
  const { body } = await parley.http('POST', '/v1/conversations', {
    token: ann.token,
    body: { kind: 'group', title: 'a pair', members: [bob.user.id] },
  });
  return { ann, bob, hers, id: body.id };
};
const say = async ({ hers, id }: Pair, text: string): Promise<number> => {
  const ack = await hers.ask({ action: 'sendMessage', conversation: id, text });
  expect(ack.type).toBe('ack');
  return ack.seq;
};
const seqsOf = (entries: Frame[]) => entries.map(({ seq }) => seq);
const range = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i);
const found = (reply: Frame, id: string): Frame =>
  reply.conversations.find(({ conversation }: Frame) => conversation === id);

test('a push that was missed is counted, and found by the inbox at the next frame', async () => {
  const pair = await aPair();
  const his = await parley.connect(pair.bob);
  const connection = parley.connections().at(-1);
  const { inbox } = await his.ask({ action: 'ping' });
  parley.interfere((post) => (post.connection === connection ? 429 : undefined));
  const seq = await say(pair, 'not heard');
  parley.interfere(undefined);
  const line = JSON.parse(await parley.logged((one) => one.includes('push.missed') && one.includes(pair.id)));
  expect(line).toMatchObject({ conversation: pair.id, seq, slow: 1, sent: 0 });

  const pong = await his.ask({ action: 'ping' });
  expect(pong.inbox.epoch).toBe(inbox.epoch);
  expect(pong.inbox.version).toBeGreaterThan(inbox.version);
  const reply = await his.ask({ action: 'sync', inbox, since: 0, heads: { [pair.id]: 1 } });
  expect(reply.conversations).toMatchObject([
    { conversation: pair.id, head: seq, entries: [{ seq, text: 'not heard' }] },
  ]);
  expect(his.frames.some(({ text }) => text === 'not heard')).toBe(false);
  await Promise.all([pair.hers.close(), his.close()]);
});

describe('over more than fits', () => {
  test('entries a conversation is limited to its newest, and goes on by its cursor', async () => {
    const pair = await aPair();
    const { bob, id } = pair;
    await Promise.all(range(2, limits.syncEntries + 2).map((seq) => say(pair, `text of ${seq}`)));
    const head = limits.syncEntries + 2;
    const his = await parley.connect(bob);
    const body = { since: 0, heads: { [id]: 2 } };
    const whole = found((await parley.http('POST', '/v1/sync', { token: bob.token, body })).body, id);
    expect(whole).not.toHaveProperty('limited');
    expect(seqsOf(whole.entries)).toEqual(range(3, head));

    const short = found(await his.ask({ action: 'sync', since: 0, heads: { [id]: 1 } }), id);
    expect(short).toMatchObject({ head, limited: true, cursor: expect.any(String) });
    expect(seqsOf(short.entries)).toEqual(range(head - limits.syncNewest + 1, head));
    const below: Frame[] = [];
    for (let next = short.cursor; next; ) {
      const query = `?limit=100&cursor=${next}`;
      const page = await parley.http('GET', `/v1/conversations/${id}/messages${query}`, bob);
      expect(page.status).toBe(200);
      below.push(...page.body.items);
      next = page.body.next;
    }
    expect(seqsOf(below)).toEqual(range(1, head - limits.syncNewest).reverse());

    // A cursor is for one user and one conversation.
    const path = `/v1/conversations/${id}/messages?cursor=${short.cursor}`;
    expect((await parley.http('GET', path, pair.ann)).body).toMatchObject({
      code: 'bad-request',
      pointer: '/cursor',
    });
    await Promise.all([pair.hers.close(), his.close()]);
  });

  test('bytes a frame has a next page, and HTTP has all at once', async () => {
    const pairs = [await aPair()];
    const [first] = pairs as [Pair];
    const { ann, bob } = first;
    while (pairs.length < 3) {
      const { body } = await parley.http('POST', '/v1/conversations', {
        token: ann.token,
        body: { kind: 'group', title: 'another', members: [bob.user.id] },
      });
      pairs.push({ ...first, id: body.id });
    }
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(limits.textBytes - 2));
    for (const [i, pair] of pairs.entries()) await say(pair, texts[i] ?? '');

    const his = await parley.connect(bob);
    const pages: Frame[] = [await his.ask({ action: 'sync', since: 0 })];
    for (let next = pages[0]?.next; next; next = pages.at(-1)?.next)
      pages.push(await his.ask({ action: 'sync', since: 0, cursor: next }));
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThanOrEqual(limits.frameBytes);
    const { body } = await parley.http('POST', '/v1/sync', { token: bob.token, body: { since: 0 } });
    expect(body).not.toHaveProperty('next');
    const textsIn = (replies: Frame[]) =>
      replies
        .flatMap(({ conversations }) => conversations)
        .flatMap(({ entries }: Frame) => entries.map(({ text }: Frame) => text))
        .filter(Boolean)
        .sort();
    expect(textsIn([body])).toEqual(texts);
    expect(textsIn(pages)).toEqual(texts);
    expect(pages.flatMap(({ belongsTo }) => belongsTo).sort()).toEqual(pairs.map(({ id }) => id).sort());

    const cursor = pages[0]?.next;
    expect(await first.hers.ask({ action: 'sync', since: 0, cursor })).toMatchObject({
      code: 'bad-request',
      pointer: '/cursor',
    });
    await Promise.all([first.hers.close(), his.close()]);
  });
});

describe('who has been removed', () => {
  test('learns it by either kind of sync, and gets nothing with what he held', async () => {
    const pair = await aPair();
    const { ann, bob, id } = pair;
    await Promise.all(range(2, 40).map((seq) => say(pair, `text of ${seq}`)));
    const his = await parley.connect(bob);
    const before = await his.ask({ action: 'sync', since: 0 });
    const page = await parley.http('GET', `/v1/conversations/${id}/messages?limit=10`, bob);
    await parley.http('DELETE', `/v1/conversations/${id}/members/${bob.user.id}`, ann);
    await say(pair, 'a secret');

    const { inbox, now } = before;
    const jumped = await his.ask({ action: 'sync', inbox, since: now, heads: { [id]: 40 } });
    expect(jumped).toMatchObject({ conversations: [], gone: [id] });
    const compared = await his.ask({ action: 'sync', since: now, heads: { [id]: 40 } });
    expect(compared.belongsTo).not.toContain(id);
    expect(JSON.stringify([jumped, compared])).not.toContain('a secret');
    const further = `/v1/conversations/${id}/messages?cursor=${page.body.next}`;
    for (const path of [further, `/v1/conversations/${id}`, `/v1/conversations/${id}/receipts`])
      expect((await parley.http('GET', path, bob)).body).toMatchObject({ status: 404, code: 'not-found' });
    expect(JSON.stringify(his.frames)).not.toContain('a secret');
    await Promise.all([pair.hers.close(), his.close()]);
  });
});

describe('a Redis that has forgotten everything', () => {
  test('makes a compare of a sync by inbox, under another epoch', async () => {
    const pair = await aPair();
    const { bob, id } = pair;
    await say(pair, 'one');
    const his = await parley.connect(bob);
    const { inbox, now } = await his.ask({ action: 'sync', since: 0 });
    const seq = await say(pair, 'two');
    const client = new Redis(redis.port);
    await client.flushall();
    client.disconnect();
    const reply = await his.ask({ action: 'sync', inbox, since: now, heads: { [id]: 2 } });
    expect(reply.inbox.epoch).not.toBe(inbox.epoch);
    expect(reply.belongsTo).toContain(id);
    expect(found(reply, id)).toMatchObject({ head: seq, entries: [{ seq, text: 'two' }] });
    // The sync has registered the connection again: pushes go on.
    const later = await say(pair, 'three');
    expect(await his.next(({ text }) => text === 'three')).toMatchObject({ seq: later });
    await Promise.all([pair.hers.close(), his.close()]);
  });

  test('nor does a position that never was harm', async () => {
    const pair = await aPair();
    const { id } = pair;
    const seq = await say(pair, 'one');
    const tomorrow = Date.now() + 86_400_000;
    const reply = await pair.hers.ask({ action: 'sync', since: tomorrow, heads: { [id]: seq + 50 } });
    expect(found(reply, id)).toMatchObject({ head: seq, limited: true });
    const inbox = { epoch: 'never', version: Number.MAX_SAFE_INTEGER };
    const other = await pair.hers.ask({ action: 'sync', inbox, heads: { [id]: 1 } });
    expect(other.belongsTo).toContain(id);
    expect(found(other, id).entries).toMatchObject([{ seq, text: 'one' }]);
    await pair.hers.close();
  });
});
