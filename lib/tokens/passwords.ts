import { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const scrypt = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scryptCallback,
);

/** OWASP's setting for 32 MB. Written into each hash, so that it can be raised without a migration. */
const cost = { logN: 15, r: 8, p: 3 };
const bytes = 32;

const derive = (password: string, salt: Buffer, { logN, r, p }: typeof cost) =>
  scrypt(password.normalize('NFKC'), salt, bytes, { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r });

/** `scrypt$logN$r$p$salt$hash`, both in base64url. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join(
    '$',
  );
};

/** Takes as long for a user who does not exist (`stored` undefined) as for a wrong password. */
export const verifyPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  const [, logN, r, p, salt = '', hash = ''] = stored?.split('$') ?? [];
  const used = logN && r && p ? { logN: Number(logN), r: Number(r), p: Number(p) } : cost;
  const derived = await derive(password, Buffer.from(salt, 'base64url'), used);
  const expected = Buffer.from(hash, 'base64url');
  return expected.length === derived.length && timingSafeEqual(expected, derived);
};
