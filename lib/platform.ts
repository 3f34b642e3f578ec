import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../schema/limits.ts';
import { createCredentials } from './aws/credentials.ts';
import { secretsManager } from './aws/secrets.ts';
import type { Access } from './cassandra/access.ts';
import type { Chance, Clock } from './clock.ts';
import { type Config, config, credentialsEndpoint, credentialsNow } from './config.ts';
import { posterGateway } from './gateway/poster.ts';
import { sdkGateway } from './gateway/sdk.ts';
import { log } from './log.ts';
import { createPolicy, type Policy } from './policy.ts';
import type { Settings } from './settings/port.ts';
import { createCursors } from './tokens/cursors.ts';
import { createKeyring, fetched } from './tokens/keyring.ts';
import { createTokens } from './tokens/tokens.ts';

/** What is the same whatever the stores are. Functions, each made at its first use: nothing is made at import. */
const made = new Map<string, unknown>();
export const once = <T>(name: string, make: () => T): T => {
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
};

export const clock: Clock = { now: Date.now, pause: async (ms) => pause(ms) };
export const chance: Chance = {
  id: () => randomBytes(16).toString('base64url'),
  between: (low, high) => randomInt(low, high + 1),
};

export const credentials = () =>
  once('credentials', () => {
    const endpoint = credentialsEndpoint();
    const source = endpoint
      ? { kind: 'endpoint' as const, ...endpoint }
      : { kind: 'environment' as const, read: credentialsNow };
    return createCredentials(source, clock.now);
  });

export const gateway = () =>
  once('gateway', () => {
    const options = {
      endpoint: config().PARLEY_GATEWAY_ENDPOINT,
      region: config().AWS_REGION,
      credentials: credentials(),
    };
    return config().PARLEY_GATEWAY_DRIVER === 'sdk' ? sdkGateway(options) : posterGateway(options);
  });

/** Where Cassandra is and how to get in. A user who is named signs in by password, also to Keyspaces. */
export const accessBy = (settings: Config): Access => {
  const {
    PARLEY_CASSANDRA_SERVICE: service,
    PARLEY_CASSANDRA_USER: user,
    PARLEY_CASSANDRA_PASSWORD: password = '',
    PARLEY_CASSANDRA_SECRET: id,
    PARLEY_CASSANDRA_TLS_SERVER_NAME: tlsServerName,
    AWS_REGION: region,
  } = settings;
  return {
    service,
    contactPoints: settings.PARLEY_CASSANDRA_CONTACT_POINTS,
    port: settings.PARLEY_CASSANDRA_PORT,
    dataCentre: settings.PARLEY_CASSANDRA_DATA_CENTRE,
    keyspace: settings.PARLEY_CASSANDRA_KEYSPACE,
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(user !== undefined
      ? {
          login: {
            kind: 'password',
            user,
            password: id === undefined ? async () => password : secret(id).read,
          },
        }
      : service === 'keyspaces' && { login: { kind: 'role', region, credentials: credentials() } }),
  };
};

/** A secret by its name or ARN. */
export const secret = (id: string) => {
  const { AWS_REGION: region, AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint } = config();
  return secretsManager({
    id,
    region,
    credentials: credentials(),
    ...(endpoint !== undefined && { endpoint }),
  });
};

/** Where the keys lie: in a secret, which is read again every so often, or in the environment. */
const readKeys = () => {
  const { PARLEY_KEYS_SECRET: id, PARLEY_TOKEN_KEY: text } = config();
  if (id !== undefined) return fetched(secret(id).read);
  if (text === undefined)
    throw new Error('these settings are missing: PARLEY_KEYS_SECRET or PARLEY_TOKEN_KEY');
  return async () => text;
};

const keyring = () =>
  once('keyring', () =>
    createKeyring({
      read: readKeys(),
      now: clock.now,
      every: config().PARLEY_KEYS_SECONDS * 1_000,
      log,
    }),
  );

export const tokens = () =>
  once('tokens', () =>
    createTokens({
      keys: keyring(),
      issuer: config().PARLEY_TOKEN_ISSUER,
      audience: config().PARLEY_TOKEN_AUDIENCE,
      lifeSeconds: config().PARLEY_TOKEN_SECONDS,
      issuers: config().PARLEY_ISSUERS,
      clock,
    }),
  );

export const cursors = () => once('cursors', () => createCursors(keyring(), clock.now));

export const origins = () => config().PARLEY_ORIGINS;

export const policyOver = (settings: Settings): Policy =>
  createPolicy({
    clock,
    settings,
    sends: config().PARLEY_SENDS_PER_SECOND,
    sendsByRole: config().PARLEY_SENDS_BY_ROLE,
    strangers: { ...limits.strangers, count: config().PARLEY_STRANGER_REQUESTS },
    registers: config().PARLEY_REGISTRATION === 'open',
  });
