import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { DeviceId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Clock } from '../clock.ts';
import { digest } from '../digest.ts';
import { AppError } from '../errors.ts';
import type { Claims } from '../tickets/port.ts';

/** An OpenID Connect issuer whose tokens are good here too. */
export type Issuer = {
  issuer: string;
  jwksUri: string;
  /** Whom its tokens are meant for: any of these. */
  audience: string | string[];
  /** The claim that names the role; without it all are `user`. */
  roleClaim?: string;
};

/** `name` comes with users of other issuers, who registered elsewhere. */
export type Verified = Claims & { external?: { name: string } };

export const unauthorized = (reason: string, cause?: unknown): AppError =>
  new AppError('unauthorized', `unable to let in; ${reason}`, cause === undefined ? {} : { cause });

/** A handshake must not wait long for an issuer, nor each for itself. */
const fetchMs = 1_500;
const pauseMs = 30_000;

/** Keys that cannot be fetched say nothing about the token; those that are here are used meanwhile. */
export const keysOf = ({ jwksUri }: Issuer, { now }: Pick<Clock, 'now'>): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: fetchMs });
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  return async (header, token) => {
    try {
      if (remote.jwks() && now() - failedAt < pauseMs) throw failure;
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      if (error !== failure) failedAt = now();
      failure = error;
      const known = remote.jwks();
      // A key that is not among them may be new.
      const key = known && (await createLocalJWKSet(known)(header, token).catch(() => undefined));
      if (key) return key;
      throw new AppError('unavailable', "unable to let in; the issuer's keys are out of reach", {
        cause: error,
      });
    }
  };
};

/** As long as a name that is registered here, and without what that may not hold; '' where nothing is left. */
const nameIn = (given: unknown): string =>
  typeof given === 'string'
    ? given
        .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
        .trim()
        .slice(0, limits.nameCharacters)
        .replace(/\p{Cs}/gu, '')
        .trimEnd()
    : '';

const isRole = (given: unknown): given is string => typeof given === 'string' && /^[\w-]{1,32}$/.test(given);

/**
 * Claims in the order in which they are looked at. Those without a standard are of Amazon Cognito, whose access tokens
 * name no `aud` but a `client_id`: as an authorizer of API Gateway, one looks at that only where there is no `aud`
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html). Its `origin_jti` stays
 * the same while a sign-in is renewed, and so does `auth_time`, by which sign-ins differ that have no name.
 */
const named = {
  session: ['sid', 'origin_jti'],
  client: ['azp', 'client_id'],
  name: ['name', 'preferred_username', 'cognito:username', 'username', 'sub'],
};

/**
 * Who shows a token of another issuer, once its signature, `iss` and `exp` are good. Subjects become ids of ours, and
 * sessions devices. Throws `unauthorized` where it is meant for somebody else.
 */
export const readOther = (claims: JWTPayload, { audience, roleClaim }: Issuer): Verified => {
  const { iss = '', sub = '', aud = claims.client_id, exp = 0 } = claims;
  const allowed = [audience].flat();
  if (![aud].flat().some((one) => allowed.some((other) => other === one)))
    throw unauthorized('the token is meant for another service');
  const textOf = (names: string[]) =>
    names.map((name) => claims[name]).find((value) => typeof value === 'string');
  const session =
    textOf(named.session) ?? [textOf(named.client) ?? '', claims.auth_time ?? []].flat().join(' ');
  const user = `u:${digest(iss, sub)}` as UserId;
  return {
    user,
    device: digest(iss, sub, session) as DeviceId,
    role: roleClaim === undefined ? 'user' : ([claims[roleClaim]].flat().find(isRole) ?? 'user'),
    expiresAt: Math.floor(exp * 1_000),
    external: { name: named.name.map((name) => nameIn(claims[name])).find((name) => name !== '') ?? user },
  };
};
