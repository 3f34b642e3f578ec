import { createHmac } from 'node:crypto';
import { auth } from 'cassandra-driver';
import { type Credentials, sha256, signingKey } from '../aws/sigv4.ts';

/**
 * Signing in to Keyspaces with the role of the function: its server sends a nonce, and is answered a signature of it.
 * Source and test vector: AWS's own plugins, for instance aws/aws-sigv4-auth-cassandra-nodejs-driver-plugin.
 */
type RoleLogin = {
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

/** The driver's types have a callback that is always given an error or a token, and the driver wants one of the two. */
type Done = (error: Error | null, token?: Buffer) => void;

/** A class of the driver, by which it knows a provider, and of which its types know the shape only. */
const { AuthProvider } = auth as unknown as { AuthProvider: new () => auth.AuthProvider };

class RoleProvider extends AuthProvider {
  readonly #login: RoleLogin;
  constructor(login: RoleLogin) {
    super();
    this.#login = login;
  }

  override newAuthenticator(): auth.Authenticator {
    const { region, credentials } = this.#login;
    const answer = async (challenge: Buffer) => {
      const [, nonce] = challenge.toString('utf8').match(/nonce=([^,]+)/) ?? [];
      if (nonce === undefined) throw new Error('the challenge of Keyspaces holds no nonce');
      return Buffer.from(answerTo(nonce, await credentials(), region, Date.now()));
    };
    return {
      initialResponse: (done: Done) => done(null, Buffer.from('SigV4\0\0')),
      // A failure must be handed over: a driver that hears nothing waits for ever.
      evaluateChallenge: (challenge: Buffer, done: Done) =>
        void answer(challenge).then(
          (token) => done(null, token),
          (error: Error) => done(error),
        ),
      onAuthenticationSuccess: () => {},
    };
  }
}

export const roleLogin = (login: RoleLogin): auth.AuthProvider => new RoleProvider(login);
