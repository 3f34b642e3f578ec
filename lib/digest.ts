import { createHash } from 'node:crypto';

/** 128 bits of all parts, as base64url: the same parts always make the same id or key. */
export const digest = (...parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
