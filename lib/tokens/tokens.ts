import { createHash } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose';
import { DeviceId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Claims } from '../tickets/port.ts';
import type { Keyring } from './keyring.ts';
import { type Key, newest } from './keys.ts';

/** Signs tokens of the built-in issuer, and verifies those of every issuer that is configured. */
export type Tokens = {
  issue(claims: Omit<Claims, 'expiresAt'>): Promise<{ token: string; expiresAt: number }>;
  /** Throws `unauthorized` or `token-expired`; revocation is not looked at. */
  verify(token: string): Promise<Verified>;
  /** The public keys, as `/.well-known/jwks.json` serves them. */
  keySet(): Promise<{ keys: JWK[] }>;
};

/** `name` comes with users of other issuers, who registered elsewhere. */
export type Verified = Claims & { external?: { name: string } };

export type Issuer = {
  issuer: string;
  jwksUri: string;
  audience: string;
  /** The claim that names the role; without it all are `user`. */
  roleClaim?: string;
};

export type TokenOptions = {
  /** Of the built-in issuer: the newest signs, all verify. */
  keys: Keyring;
  issuer: string;
  audience: string;
  lifeSeconds: number;
  issuers: Issuer[];
  clock: Clock;
};

/** Signatures of key pairs only: `none` and shared secrets are never accepted. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'];

const unauthorized = (reason: string, cause?: unknown) =>
  new AppError('unauthorized', `unable to let in; ${reason}`, cause === undefined ? {} : { cause });

const digest = (...parts: string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);

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

const roleIn = (given: unknown): string =>
  typeof given === 'string' && /^[\w-]{1,32}$/.test(given) ? given : 'user';

/** Keys that cannot be fetched say nothing about the token. */
const keysOf = ({ jwksUri }: Issuer): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(jwksUri));
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      throw new AppError('unavailable', "unable to let in; the issuer's keys are out of reach", {
        cause: error,
      });
    }
  };
};

type Pair = {
  kid: string;
  alg: string;
  signing: CryptoKey | Uint8Array;
  verifying: CryptoKey | Uint8Array;
  shown: JWK;
};

/** Made once for each key that is read. */
const pairs = new WeakMap<Key, Promise<Pair>>();
const pairOf = (key: Key): Promise<Pair> => {
  const make = async (): Promise<Pair> => {
    const { d: _, ...publicKey } = key.signing;
    const alg = publicKey.kty === 'OKP' ? 'EdDSA' : 'ES256';
    const kid = await calculateJwkThumbprint(publicKey);
    const [signing, verifying] = await Promise.all([importJWK(key.signing, alg), importJWK(publicKey, alg)]);
    return { kid, alg, signing, verifying, shown: { ...publicKey, kid, alg, use: 'sig' } };
  };
  const pair = pairs.get(key) ?? make();
  pairs.set(key, pair);
  return pair;
};

export const createTokens = (options: TokenOptions): Tokens => {
  const { keys, issuer, audience, lifeSeconds, issuers, clock } = options;
  const others = new Map(issuers.map((other) => [other.issuer, { ...other, keys: keysOf(other) }]));

  const known = async () => Promise.all((await keys()).map(pairOf));
  const ownKey: JWTVerifyGetKey = async ({ kid }) => {
    const pair = (await known()).find((one) => one.kid === kid);
    if (pair) return pair.verifying;
    throw unauthorized('the token is signed by an unknown key');
  };

  const readOwn = ({ sub, sid, role, exp = 0 }: JWTPayload): Verified => {
    const user = UserId.safeParse(sub);
    const device = DeviceId.safeParse(sid);
    if (!user.success || !device.success || typeof role !== 'string')
      throw unauthorized('the token lacks claims');
    return { user: user.data, device: device.data, role, expiresAt: Math.floor(exp * 1_000) };
  };

  /** Subjects of other issuers become ids of ours, and sessions without `sid` one device a client. */
  const readOther = (claims: JWTPayload, { roleClaim }: Issuer): Verified => {
    const { iss = '', sub = '', sid, azp, name, preferred_username: nick, exp = 0 } = claims;
    const session = typeof sid === 'string' ? sid : typeof azp === 'string' ? azp : '';
    const user = `u:${digest(iss, sub)}` as UserId;
    return {
      user,
      device: digest(iss, sub, session) as DeviceId,
      role: roleIn(roleClaim === undefined ? undefined : claims[roleClaim]),
      expiresAt: Math.floor(exp * 1_000),
      external: { name: nameIn(name) || nameIn(nick) || nameIn(sub) || user },
    };
  };

  const check = async (token: string): Promise<Verified> => {
    const { iss } = decodeJwt(token);
    const common = { algorithms, requiredClaims: ['sub', 'exp'], currentDate: new Date(clock.now()) };
    if (iss === issuer) {
      return readOwn((await jwtVerify(token, ownKey, { ...common, issuer, audience })).payload);
    }
    const other = others.get(iss ?? '');
    if (!other) throw unauthorized('the token is of an unknown issuer');
    const expected = { ...common, issuer: other.issuer, audience: other.audience };
    return readOther((await jwtVerify(token, other.keys, expected)).payload, other);
  };

  return {
    issue: async ({ user, device, role }) => {
      const issuedAt = Math.floor(clock.now() / 1_000);
      const expiresAt = issuedAt + lifeSeconds;
      const { alg, kid, signing } = await pairOf(newest(await keys(), clock.now()));
      const token = await new SignJWT({ sid: device, role })
        .setProtectedHeader({ alg, kid })
        .setSubject(user)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(signing);
      return { token, expiresAt: expiresAt * 1_000 };
    },

    verify: async (token) => {
      try {
        return await check(token);
      } catch (error) {
        if (error instanceof AppError) throw error;
        if (error instanceof errors.JWTExpired) {
          throw new AppError('token-expired', 'unable to let in; the token has expired', { cause: error });
        }
        throw unauthorized('the token is malformed or not meant for this service', error);
      }
    },

    keySet: async () => ({ keys: (await known()).map(({ shown }) => shown) }),
  };
};
