import { join, relative } from 'node:path';
import type { ConversationId } from '../../schema/ids.ts';
import { startGateway } from '../../scripts/parts/gateway.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { type Client, openClient } from '../../test/support/client.ts';
import { closedLoop, type Paced } from '../loop.ts';
import type { Bench } from '../part.ts';
import { aKey, aText } from '../people.ts';
import { whileRunning } from '../running.ts';

const root = join(import.meta.dirname, '../..');

type Pair = { from: Client; to: Client; conversation: ConversationId; after: number };

const registerAt = async (base: string) => {
  const response = await fetch(`${base}/v1/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: aKey(), password: 'correct horse' }),
  });
  return (await response.json()) as { user: { id: string }; token: string };
};

const openPair = async (base: string, url: string): Promise<Pair> => {
  const [one, other] = [await registerAt(base), await registerAt(base)];
  const [from, to] = (await Promise.all(
    [one, other].map(({ token }) => openClient(url, { protocols: ['chat.v1', `bearer.${token}`] })),
  )) as [Client, Client];
  const { conversation, seq } = await from.ask({ action: 'sendMessage', to: other.user.id, text: 'hello' });
  return { from, to, conversation, after: seq };
};

/** From the frame to the ack, over real sockets through serverless-offline; the other of each pair gets the push. */
export const throughSockets = async (
  bench: Bench,
  asked: { dist: string; pairs: number[]; warmUpMs: number; ms: number; environment: Record<string, string> },
): Promise<{ pairs: number; paced: Paced }[]> => {
  const ports = { http: await freePort(), socket: await freePort(), lambda: await freePort() };
  const { dist, environment } = asked;
  const starting = startGateway({
    directory: bench.directory,
    ports,
    dist: relative(root, dist),
    environment,
  });
  return whileRunning(starting, async () => {
    const told: { pairs: number; paced: Paced }[] = [];
    const most = Math.max(...asked.pairs);
    const all: Pair[] = [];
    for (let i = 0; i < most; i++) {
      all.push(await openPair(`http://localhost:${ports.http}`, `ws://localhost:${ports.socket}`));
    }
    const work = async (lane: number) => {
      const pair = all[lane];
      if (!pair) return;
      const { conversation, after } = pair;
      const ack = await pair.from.ask({
        action: 'sendMessage',
        conversation,
        key: aKey(),
        after,
        text: aText(),
      });
      if (ack.type !== 'ack') throw new Error(`a send was answered ${JSON.stringify(ack)}`);
      pair.after = ack.seq;
      // What a client has read is of no use any more, and would be searched by the next ask.
      pair.from.frames.length = 0;
      pair.to.frames.length = 0;
    };
    await closedLoop({ lanes: most, ms: asked.warmUpMs, work });
    for (const pairs of asked.pairs)
      told.push({ pairs, paced: await closedLoop({ lanes: pairs, ms: asked.ms, work }) });
    await Promise.all(all.flatMap(({ from, to }) => [from.close(), to.close()]));
    return told;
  });
};
