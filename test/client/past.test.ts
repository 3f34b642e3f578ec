import { afterEach, describe, expect, test } from '@jest/globals';
import { connect, type ParleyError } from '../../client/index.ts';
import { createTestServer } from '../../client/testing/index.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const stage = async () => {
  const server = createTestServer();
  const [ann, bob, cid] = [server.user('ann'), server.user('bob'), server.user('cid')];
  const parley = connect(ann.device().options);
  ends.push(parley.close, server.stop);
  await server.clock.advance(1_000);
  await parley.ready;
  return { server, ann, bob, cid, parley };
};
const following = (parley: Awaited<ReturnType<typeof stage>>['parley'], id: string, after?: number) => {
  const [seqs, codes]: [number[], string[]] = [[], []];
  const onError = ({ code }: ParleyError) => void codes.push(code);
  parley
    .conversation(id)
    .subscribe(({ seq }) => seqs.push(seq), { onError, ...(after !== undefined && { after }) });
  return { seqs, codes };
};

describe('following', () => {
  test.each([undefined, 0])('what is not the own ends, and says why: after %s', async (after) => {
    const { server, bob, cid, parley } = await stage();
    const theirs = server.group('without ann', bob, cid);
    const { seqs, codes } = following(parley, theirs, after);
    await server.clock.advance(1_000);
    expect([seqs, codes]).toEqual([[], ['not-found']]);
  });

  test('ends once the caller is out, and says so once', async () => {
    const { server, ann, bob, parley } = await stage();
    const id = server.group('climbing', bob, ann);
    await server.clock.advance(1_000);
    const { seqs, codes } = following(parley, id, 0);
    await server.clock.advance(1_000);
    expect([seqs, codes]).toEqual([[1], []]);
    bob.request('DELETE', `/v1/conversations/${id}/members/${ann.id}`);
    await server.clock.advance(1_000);
    expect(codes).toEqual(['not-found']);
    bob.say(id, 'between us');
    await server.clock.advance(60_000);
    expect(codes).toEqual(['not-found']);
  });

  test('reads the past, and waits out what may pass', async () => {
    const { server, ann, bob } = await stage();
    const id = server.group('climbing', bob, ann);
    for (let i = 0; i < 250; i++) bob.say(id, `no. ${i}`);
    await server.clock.advance(1_000);
    const later = connect(ann.device().options);
    ends.push(later.close);
    let asked = 0;
    server.interfere(({ what, content: { path } }) =>
      what === 'GET' && String(path).startsWith('/v1/conversations/') && ++asked % 2
        ? 'unavailable'
        : undefined,
    );
    const { seqs, codes } = following(later, id, 0);
    await server.clock.advance(120_000);
    expect(seqs).toEqual(Array.from({ length: 251 }, (_, i) => i + 1));
    expect(codes).toEqual([]);
    expect(asked).toBeGreaterThan(2);
  });
});

describe('the past', () => {
  test('is read on where a page could not be had at once', async () => {
    const { server, ann, bob, parley } = await stage();
    const id = server.group('climbing', bob, ann);
    for (let i = 0; i < 8; i++) bob.say(id, `no. ${i}`);
    let asked = 0;
    server.interfere(({ what, content: { path } }) =>
      what === 'GET' && String(path).endsWith('/messages') && ++asked === 2 ? 'unavailable' : undefined,
    );
    const read: number[] = [];
    const reading = (async () => {
      for await (const { seq } of parley.conversation(id).history({ pageSize: 3 })) read.push(seq);
    })();
    await server.clock.advance(30_000);
    await reading;
    expect(read).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(asked).toBe(4);
  });
});

test('nothing waits for ever once it was closed', async () => {
  const { server, ann, bob, parley } = await stage();
  const room = parley.conversation(server.group('climbing', bob, ann));
  await server.clock.advance(1_000);
  parley.close();
  const acts = [room.send('x').sent, room.edit(1, 'x').sent, room.react(1, '👍').sent, room.leave()];
  for (const act of acts) await expect(act).rejects.toMatchObject({ code: 'closed', retryable: false });
});
