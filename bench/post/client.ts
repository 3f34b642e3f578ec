import { randomBytes } from 'node:crypto';
import { createCredentials } from '../../lib/aws/credentials.ts';
import { credentialsNow } from '../../lib/config.ts';
import { posterGateway } from '../../lib/gateway/poster.ts';
import { sdkGateway } from '../../lib/gateway/sdk.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { tell } from '../child.ts';
import { unsignedPost } from './unsigned.ts';

/** One driver in one process: posts over and over, and tells how much CPU of this process a post took. */
export type Asked = { driver: Driver; endpoint: string; inFlight: number; warmUpPosts: number; ms: number };
export type Told = { cpuUs: number; perSecond: number };
export type Driver = 'unsigned' | 'poster' | 'sdk';

/** What a push weighs: a text of 225 bytes and what stands around it. */
const frameBytes = 353;
/** Of a Lambda's role, which every signed request carries. */
const tokenCharacters = 716;

const frame = 'x'.repeat(frameBytes);
const connections = Array.from(
  { length: 1_000 },
  () => `${randomBytes(11).toString('base64')}` as ConnectionId,
);

const driverOf = ({ driver, endpoint }: Asked) => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  process.env.AWS_SESSION_TOKEN = 'x'.repeat(tokenCharacters);
  const credentials = createCredentials({ kind: 'environment', read: credentialsNow }, Date.now);
  const options = { endpoint, region: 'us-east-1', credentials };
  switch (driver) {
    case 'unsigned':
      return unsignedPost(endpoint);
    case 'poster':
      return posterGateway(options).post;
    case 'sdk':
      return sdkGateway(options).post;
  }
};

await tell(async (asked: Asked): Promise<Told> => {
  const post = driverOf(asked);
  let posts = 0;
  const postWhile = async (goesOn: () => boolean) => {
    const lane = async () => {
      while (goesOn()) {
        const connection = connections[posts++ % connections.length] as ConnectionId;
        const posted = await post(connection, frame);
        if (posted !== 'sent') throw new Error(`a post ${posted}`);
      }
    };
    await Promise.all(Array.from({ length: asked.inFlight }, lane));
  };
  await postWhile(() => posts < asked.warmUpPosts);

  posts = 0;
  const cpu = process.cpuUsage();
  const from = performance.now();
  await postWhile(() => performance.now() - from < asked.ms);
  const elapsedMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / posts, perSecond: (posts / elapsedMs) * 1_000 };
});
