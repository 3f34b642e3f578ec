import { createRequire } from 'node:module';
import { directId } from '../../lib/entries/create.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { tell } from '../child.ts';
import { closedLoop, type Paced } from '../loop.ts';
import { aKey, aText, aUser } from '../people.ts';
import { openPair } from './pairs.ts';

/** The built handlers, called as Lambda would, in a process of their own; posts go to a sink. */
export type Asked = {
  dist: string;
  pairs: number;
  warmUpMs: number;
  ms: number;
  redisUrl: string;
  cassandraPort: number;
};

type Handler = (event: object, context: object) => Promise<{ statusCode: number; body?: string }>;
const load = (dist: string, name: string): Handler =>
  createRequire(import.meta.url)(`${dist}/${name}.cjs`).handler;

const admitted = { device: 'v:bench', role: 'user', expiresAt: String(Date.now() + 3_600_000) };
const eventOf = (user: string, more: object, handshake: { epoch?: string } = {}) => ({
  headers: {},
  ...more,
  requestContext: { connectionId: `of-${user}`, authorizer: { user, ...admitted, ...handshake } },
});

await tell(async ({ dist, pairs, warmUpMs, ms, redisUrl, cassandraPort }: Asked): Promise<Paced> => {
  const [connect, send] = [load(dist, 'connect'), load(dist, 'send-message')];
  const lanes: { from: string; conversation: ConversationId; after: number }[] = [];
  const open = await openPair({ redisUrl, cassandraPort });
  for (let i = 0; i < pairs; i++) {
    const [from, to] = [aUser(), aUser()];
    await open.between(from, to);
    for (const user of [from, to]) {
      const handshake = eventOf(user, {}, { epoch: await open.epochOf(user) });
      const { statusCode } = await connect(handshake, { awsRequestId: 'bench' });
      if (statusCode !== 200) throw new Error(`$connect answered ${statusCode}`);
    }
    lanes.push({ from, conversation: directId(from, to), after: 1 });
  }
  await open.close();

  const work = async (at: number) => {
    const lane = lanes[at];
    if (!lane) return;
    const body = JSON.stringify({
      action: 'sendMessage',
      conversation: lane.conversation,
      key: aKey(),
      after: lane.after,
      text: aText(),
    });
    const answer = await send(eventOf(lane.from, { body }), { awsRequestId: 'bench' });
    const said = JSON.parse(answer.body ?? '{}');
    if (said.type !== 'ack') throw new Error(`a send was answered ${answer.body}`);
    lane.after = said.seq;
  };
  await closedLoop({ lanes: pairs, ms: warmUpMs, work });
  return closedLoop({ lanes: pairs, ms, work });
});
