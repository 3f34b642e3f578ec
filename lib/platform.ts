import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../schema/limits.ts';
import type { Chance, Clock } from './clock.ts';
import { config, credentialsEndpoint, credentialsNow } from './config.ts';
import { createCredentials } from './gateway/credentials.ts';
import { posterGateway } from './gateway/poster.ts';
import { sdkGateway } from './gateway/sdk.ts';
import { createPolicy, type Policy } from './policy.ts';
import type { Settings } from './settings/port.ts';
import { createCursors } from './tokens/cursors.ts';
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

const tokenKey = () => {
  const key = config().PARLEY_TOKEN_KEY;
  if (key === undefined) throw new Error('these settings are missing: PARLEY_TOKEN_KEY');
  return key;
};

export const tokens = () =>
  once('tokens', () =>
    createTokens({
      key: JSON.parse(tokenKey()),
      issuer: config().PARLEY_TOKEN_ISSUER,
      audience: config().PARLEY_TOKEN_AUDIENCE,
      lifeSeconds: config().PARLEY_TOKEN_SECONDS,
      issuers: config().PARLEY_ISSUERS,
      clock,
    }),
  );

export const cursors = () => once('cursors', () => createCursors(tokenKey()));

export const origins = () => config().PARLEY_ORIGINS;

export const policyOver = (settings: Settings): Policy =>
  createPolicy({
    clock,
    settings,
    sends: config().PARLEY_SENDS_PER_SECOND,
    sendsByRole: config().PARLEY_SENDS_BY_ROLE,
    strangers: { ...limits.strangers, count: config().PARLEY_STRANGER_REQUESTS },
  });
