/** Milliseconds between no attempt and no further growth. */
const leastMs = 500;
const mostMs = 20_000;

/**
 * Full jitter: anything up to a bound that doubles with each attempt, so that many who fell together do not come back
 * together. Never before the time that the server named.
 */
export const backoff = (attempt: number, random: () => number, retryAfterMs = 0): number =>
  retryAfterMs + Math.round(random() * Math.min(mostMs, leastMs * 2 ** attempt));
