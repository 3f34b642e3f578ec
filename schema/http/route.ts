import type * as z from 'zod/mini';
import type { ErrorCode } from '../errors.ts';

/** What a route takes, what it answers, and why it may refuse. */
export type Route = {
  summary: string;
  /** Needs no token. */
  open?: true;
  query?: z.ZodMiniType;
  body?: z.ZodMiniType;
  replies: Record<number, z.ZodMiniType>;
  refusals: ErrorCode[];
};

export const signedIn: ErrorCode[] = [
  'unauthorized',
  'token-expired',
  'revoked',
  'rate-limited',
  'unavailable',
  'internal',
];
