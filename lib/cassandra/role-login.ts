import { createHmac } from 'node:crypto';
import { type Credentials, sha256, signingKey } from '../aws/sigv4.ts';
import type { SignIn } from './sign-in.ts';

/**
 * Signing in to Keyspaces with the role of the function: its server sends a nonce, and is answered a signature of it.
 * Source and test vector: AWS's own plugins, for instance aws/aws-sigv4-auth-cassandra-nodejs-driver-plugin.
 */
export type RoleLogin = {
  region: string;
  /** Asked for each challenge, for they change while a function lives. */
  credentials: () => Promise<Credentials>;
};

const validSeconds = 900;

/** What the server is answered; the time is as precise as its ISO form. */
export const answerTo = (nonce: string, credentials: Credentials, region: string, now: number): string => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = new Date(now).toISOString();
  const day = time.slice(0, 10).replaceAll('-', '');
  const scope = `${day}/${region}/cassandra/aws4_request`;
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${encodeURIComponent(time)}`,
    `X-Amz-Expires=${validSeconds}`,
  ].join('&');
  const canonical = `PUT\n/authenticate\n${query}\nhost:cassandra\n\nhost\n${sha256(nonce)}`;
  const signature = createHmac('sha256', signingKey(secretAccessKey, day, region, 'cassandra'))
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
    .digest('hex');
  const session = sessionToken ? `,session_token=${sessionToken}` : '';
  return `signature=${signature},access_key=${accessKeyId},amzdate=${time}${session}`;
};

export const roleLogin = ({ region, credentials }: RoleLogin): SignIn => ({
  first: async () => Buffer.from('SigV4\0\0'),
  answer: async (challenge) => {
    const [, nonce] = challenge.toString('utf8').match(/nonce=([^,]+)/) ?? [];
    if (nonce === undefined) throw new Error('the challenge of Keyspaces holds no nonce');
    return Buffer.from(answerTo(nonce, await credentials(), region, Date.now()));
  },
});
