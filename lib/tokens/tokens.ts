import {
  type CryptoKey,
  calculateJwkThumbprint,
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
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Claims } from '../tickets/port.ts';
import { type Issuer, keysOf, readOther, unauthorized, type Verified } from './issuers.ts';
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
  const others = new Map(issuers.map((other) => [other.issuer, { ...other, keys: keysOf(other, clock) }]));

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

  const check = async (token: string): Promise<Verified> => {
    const { iss } = decodeJwt(token);
    const common = { algorithms, requiredClaims: ['sub', 'exp'], currentDate: new Date(clock.now()) };
    if (iss === issuer) {
      return readOwn((await jwtVerify(token, ownKey, { ...common, issuer, audience })).payload);
    }
    const other = others.get(iss ?? '');
    if (!other) throw unauthorized('the token is of an unknown issuer');
    return readOther(
      (await jwtVerify(token, other.keys, { ...common, issuer: other.issuer })).payload,
      other,
    );
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
