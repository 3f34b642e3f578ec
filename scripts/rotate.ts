import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { secretsManager } from '../lib/aws/secrets.ts';
import { config } from '../lib/config.ts';
import { shellCredentials } from './parts/credentials.ts';

/**
 * `npm run rotate -- --secret <name or ARN> [--region …] [--at-once]`: puts a new key into the secret, with the
 * credentials of the environment. It verifies from the next time that a container reads the secret and signs a while
 * later, when all have; those before it verify until the last token they signed has ended. `--at-once` throws all
 * others away: everybody signs in anew.
 */
type Kept = { since?: number } & Record<string, unknown>;

export type Rotation = {
  /** Seconds since 1970. */
  now: number;
  /** Seconds until every container has read the secret. */
  settle: number;
  /** Seconds that a token is good. */
  life: number;
  atOnce?: boolean;
  seed?: string;
};

const keysIn = (text: string): Kept[] => {
  const given = JSON.parse(text) as Kept & { keys?: Kept[] };
  return given.keys ?? [given];
};

/** The next text of the secret. */
export const rotated = (
  text: string,
  { now, settle, life, atOnce = false, seed = randomSeed() }: Rotation,
): string => {
  const before = atOnce ? [] : keysIn(text).sort((a, b) => (b.since ?? 0) - (a.since ?? 0));
  if (before.some(({ since = 0 }) => since > now))
    throw new Error('a rotation is under way; its key does not sign yet');
  // A key signed until the next one did.
  const needed = before.filter((_, i) => i === 0 || (before[i - 1]?.since ?? 0) + life > now);
  return JSON.stringify({ keys: [{ seed, since: atOnce ? now : now + settle }, ...needed] });
};

const randomSeed = () => randomBytes(32).toString('base64url');

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      secret: { type: 'string', default: config().PARLEY_KEYS_SECRET ?? '' },
      region: { type: 'string', default: config().AWS_REGION },
      'at-once': { type: 'boolean', default: false },
    },
  });
  const endpoint = config().AWS_ENDPOINT_URL_SECRETS_MANAGER;
  const secret = secretsManager({
    id: values.secret,
    region: values.region,
    credentials: async () => shellCredentials(),
    ...(endpoint !== undefined && { endpoint }),
  });
  const next = rotated(await secret.read(), {
    now: Math.floor(Date.now() / 1_000),
    // Twice, for a container may just have failed to read it.
    settle: 2 * config().PARLEY_KEYS_SECONDS,
    life: config().PARLEY_TOKEN_SECONDS,
    atOnce: values['at-once'],
  });
  await secret.write(next);
  console.log(
    `${keysIn(next).length} keys; the newest signs from ${new Date((keysIn(next)[0]?.since ?? 0) * 1_000).toISOString()}`,
  );
}
