import { createPrivateKey, hkdfSync } from 'node:crypto';
import type { JWK } from 'jose';

/** One generation of keys: it signs tokens and seals cursors. */
export type Key = {
  /** Private (Ed25519 or P-256). */
  signing: JWK;
  sealing: Buffer;
  /** Milliseconds since 1970: from then on this key signs, if none is newer. Until then it only verifies. */
  since: number;
};

const derive = (secret: string, purpose: string) =>
  Buffer.from(hkdfSync('sha256', secret, '', `parley ${purpose}`, 32));

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const ed25519 = (bytes: Buffer): JWK =>
  createPrivateKey({ key: Buffer.concat([pkcs8, bytes]), format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  }) as JWK;

/** Letters and digits of a generator hold less than six bits each. */
const seedCharacters = 32;

const malformed = () => new Error('the keys are malformed');

const isRecord = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

const keyOf = (given: unknown): Key => {
  if (!isRecord(given)) throw malformed();
  const { seed, since: from = 0, ...jwk } = given;
  if (typeof from !== 'number') throw malformed();
  const since = from * 1_000;
  if (typeof seed === 'string' && seed.length >= seedCharacters) {
    return { signing: ed25519(derive(seed, 'tokens')), sealing: derive(seed, 'cursors'), since };
  }
  if (typeof jwk.kty !== 'string' || typeof jwk.d !== 'string') throw malformed();
  return { signing: jwk as JWK, sealing: derive(jwk.d, 'cursors'), since };
};

/**
 * A key is a private JWK, or `{"seed"}` of at least 32 random characters, either with `since` in seconds since 1970;
 * several are `{"keys":[…]}`. Newest first.
 */
export const parseKeys = (text: string): [Key, ...Key[]] => {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    // What could not be parsed is a secret: the parser's words would repeat it.
    throw malformed();
  }
  const all = isRecord(given) && Array.isArray(given.keys) ? given.keys : [given];
  const [first, ...rest] = all.map(keyOf).sort((a, b) => b.since - a.since);
  if (!first) throw malformed();
  return [first, ...rest];
};

/** The one that signs and seals now. */
export const newest = (keys: readonly [Key, ...Key[]], now: number): Key =>
  keys.find(({ since }) => since <= now) ?? keys[0];
