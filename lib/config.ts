import { limits } from '../schema/limits.ts';
import type { Credentials } from './aws/sigv4.ts';
import type { Reading } from './cassandra/reading.ts';
import type { Issuer } from './tokens/issuers.ts';

/**
 * The only reader of the environment: every name, its default and its meaning. docs/OPERATIONS.md lists the same, and
 * a test compares them. Read by hand, for a schema library would be a tenth of the `$connect` bundle.
 */
type Read<T> = (given: string | undefined) => T;

/** What a reader throws for a value it does not take; the name is added where it is caught. */
class Malformed extends Error {}
const malformed = (): never => {
  throw new Malformed();
};

const text =
  (fallback: string): Read<string> =>
  (given = fallback) =>
    given;
const optional: Read<string | undefined> = (given) => given;
const positive =
  (fallback: number): Read<number> =>
  (given = String(fallback)) =>
    Number(given) > 0 ? Number(given) : malformed();
const flag: Read<boolean> = (given = 'false') =>
  given === 'true' || (given === 'false' ? false : malformed());
const list =
  (fallback: string): Read<string[]> =>
  (given = fallback) =>
    given.split(',').map((item) => item.trim());
const oneOf =
  <T extends string>(...values: [T, ...T[]]): Read<T> =>
  (given = values[0]) =>
    values.find((value) => value === given) ?? malformed();

const issuers: Read<Issuer[]> = (given = '[]') => {
  const isText = (value: unknown) => typeof value === 'string';
  const isIssuer = (issuer: unknown): issuer is Issuer => {
    if (typeof issuer !== 'object' || issuer === null) return false;
    const { issuer: name, jwksUri, audience, roleClaim = '' } = issuer as Record<string, unknown>;
    return [name, jwksUri, roleClaim, ...[audience].flat()].every(isText);
  };
  try {
    const parsed: unknown = JSON.parse(given);
    return Array.isArray(parsed) && parsed.every(isIssuer) ? parsed : malformed();
  } catch {
    return malformed();
  }
};

const countsByName: Read<ReadonlyMap<string, number>> = (given = '{}') => {
  try {
    const parsed: unknown = JSON.parse(given);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return malformed();
    const counts = new Map<string, unknown>(Object.entries(parsed));
    const areCounts = [...counts.values()].every((count) => Number(count) > 0 && typeof count === 'number');
    return areCounts ? (counts as Map<string, number>) : malformed();
  } catch {
    return malformed();
  }
};

const settings = {
  /** Where Redis is: `redis://` or `rediss://`. */
  PARLEY_REDIS_URL: text('redis://127.0.0.1:6379'),
  /** Name or ARN of the secret in Secrets Manager that is the password, where the URL has none. */
  PARLEY_REDIS_SECRET: optional,
  /** Whether it is a cluster, as ElastiCache Serverless always is. */
  PARLEY_REDIS_CLUSTER: flag,
  /** Milliseconds after which a Redis command counts as lost. */
  PARLEY_REDIS_COMMAND_MS: positive(500),
  /** `keyspaces` signs in by the function's role, unless a user is named, and keeps to what Keyspaces knows. */
  PARLEY_CASSANDRA_SERVICE: oneOf<'cassandra' | 'keyspaces'>('cassandra', 'keyspaces'),
  /** Hosts of Cassandra, separated by commas. */
  PARLEY_CASSANDRA_CONTACT_POINTS: list('127.0.0.1'),
  PARLEY_CASSANDRA_PORT: positive(9042),
  /** In Keyspaces, the name of the region. */
  PARLEY_CASSANDRA_DATA_CENTRE: text('datacenter1'),
  PARLEY_CASSANDRA_KEYSPACE: text('parley'),
  PARLEY_CASSANDRA_USER: optional,
  /** For local stacks: what a function is deployed with can be read by many. */
  PARLEY_CASSANDRA_PASSWORD: optional,
  /** Name or ARN of the secret in Secrets Manager that is the password, in its place. */
  PARLEY_CASSANDRA_SECRET: optional,
  /** Turns TLS on: the host name that the certificate must carry. */
  PARLEY_CASSANDRA_TLS_SERVER_NAME: optional,
  /** Milliseconds after which a statement counts as unanswered. */
  PARLEY_CASSANDRA_REQUEST_MS: positive(1_500),
  /** Pages far below the head: `relaxed` is LOCAL_ONE, at half the price in Keyspaces. */
  PARLEY_OLDER_PAGES: oneOf<Reading>('decisive', 'relaxed'),
  /** `https://{api}.execute-api.{region}.amazonaws.com/{stage}`, or the custom domain. */
  PARLEY_GATEWAY_ENDPOINT: text('http://localhost:3001'),
  /** `poster` signs by itself over kept-alive sockets; `sdk` is the AWS SDK. */
  PARLEY_GATEWAY_DRIVER: oneOf<'poster' | 'sdk'>('poster', 'sdk'),
  /** The queue of posts that one invocation does not make itself, by its URL; without one it makes them all. */
  PARLEY_QUEUE_URL: optional,
  /** Name or ARN of the secret in Secrets Manager that holds the keys: lib/tokens/keys.ts says how. */
  PARLEY_KEYS_SECRET: optional,
  /** How often it is read again, and so how long a container may go by keys that were replaced. */
  PARLEY_KEYS_SECONDS: positive(300),
  /** The keys themselves, for where there is no secret: a private JWK (EdDSA or ES256) of the built-in issuer. */
  PARLEY_TOKEN_KEY: optional,
  PARLEY_TOKEN_ISSUER: text('parley'),
  PARLEY_TOKEN_AUDIENCE: text('parley'),
  /** How long a token of the built-in issuer is good. */
  PARLEY_TOKEN_SECONDS: positive(86_400),
  /** Further OIDC issuers, as JSON: `[{"issuer","jwksUri","audience","roleClaim"?}]`, `audience` one or a list. */
  PARLEY_ISSUERS: issuers,
  /** Whether `POST /v1/register` makes accounts. */
  PARLEY_REGISTRATION: oneOf<'open' | 'closed'>('open', 'closed'),
  /** Origins of pages that may connect and call, separated by commas; `*` for all. */
  PARLEY_ORIGINS: list('http://localhost:5173'),
  /** Messages a user may send in any second. */
  PARLEY_SENDS_PER_SECOND: positive(5),
  /** The same for roles that tokens name, as JSON: `{"bot":50}`. */
  PARLEY_SENDS_BY_ROLE: countsByName,
  /** Frames of one connection in any second, whatever they ask. */
  PARLEY_FRAMES_PER_SECOND: positive(limits.frames.count),
  /** HTTP requests without a token that one address may make in any 10 s. */
  PARLEY_STRANGER_REQUESTS: positive(limits.strangers.count),
  /** The stage, by which metrics are told apart. */
  PARLEY_STAGE: text('local'),
  /** `emf` writes a log line an invocation that CloudWatch reads metrics from. */
  PARLEY_METRICS: oneOf<'emf' | 'none'>('emf', 'none'),
  AWS_REGION: text('us-east-1'),
  /** Another address of Secrets Manager, by the name that AWS's own tools read. */
  AWS_ENDPOINT_URL_SECRETS_MANAGER: optional,
};

type Settings = typeof settings;
export type Config = { readonly [Name in keyof Settings]: ReturnType<Settings[Name]> };

export const settingNames = Object.keys(settings);

/** All that is wrong is said in one error, by name; values are not repeated. */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  const wrong: string[] = [];
  const entries = Object.entries<Read<unknown>>(settings).map(([name, read]) => {
    try {
      return [name, read(environment[name] || undefined)];
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      wrong.push(name);
      return [name, undefined];
    }
  });
  if (wrong.length > 0) throw new Error(`these settings are malformed: ${wrong.join(', ')}`);
  return Object.freeze(Object.fromEntries(entries)) as Config;
};

let read: Config | undefined;
export const config = (): Config => {
  read ??= readConfig(process.env);
  return read;
};

/** Read anew for each request: the platform may rotate them. */
export const credentialsNow = (): Credentials => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
  ...(process.env.AWS_SESSION_TOKEN && { sessionToken: process.env.AWS_SESSION_TOKEN }),
});

export const credentialsEndpoint = ():
  | { url: string; authorization: () => string | undefined }
  | undefined => {
  const url = process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  return url ? { url, authorization: () => process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN } : undefined;
};
