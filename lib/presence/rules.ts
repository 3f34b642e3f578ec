import type { ConnectionId } from '../../schema/ids.ts';
import type { Goodbye } from '../../schema/pushes.ts';

/** When somebody counts as online and when a connection is closed; times in milliseconds. Scripts begin with these. */
export const rules = {
  /** Announced heartbeats that may stay out: then the connection is closed … */
  silentBeats: 3,
  /** … and then its user no longer counts as online. */
  onlineBeats: 5,
  /** One that announced no heartbeat counts for this long after its last frame, and is not closed. */
  quietMs: 600_000,
  /** A user whose last connection ended counts for this long: time to come back on another. */
  graceMs: 15_000,
  /** A connection is told to make room for the next one between 90 and 105 minutes: API Gateway ends it at 120 … */
  lifetimeMs: 5_400_000,
  lifetimeSpreadMs: 900_000,
  /** … and is closed this much later, so that the next one is open before. */
  farewellMs: 60_000,
  /** The sweep looks at a connected user at least this often: so long may a look that was lost be missed. */
  lookMs: 600_000,
  /** A look that did not happen this long after it was due is asked for again by the next frame. */
  overdueMs: 120_000,
  /** An online user's last seen is kept at most this often. */
  keepMs: 60_000,
  /** The start of typing is told at most this often … */
  typingPaceMs: 3_000,
  /** … and ends by itself. */
  typingMs: 6_000,
} as const;

/** A test gives other numbers in the place of waiting. */
export type Rules = Record<keyof typeof rules, number>;

/** Heartbeats under 20 seconds keep the sweep awake between its minutes. */
export const briskSeconds = 20;
export const isBrisk = (every: number): boolean => every > 0 && every < briskSeconds;

/** What decisions about one connection rest on. */
export type Beating = {
  connection: ConnectionId;
  since: number;
  last: number;
  /** Announced seconds between frames; 0 for none. */
  every: number;
  expiresAt: number;
};

/** Spread by its name, so that not all come back at once and nothing must be remembered. */
const lifeEnds = ({ lifetimeMs, lifetimeSpreadMs }: Rules, { connection, since }: Beating): number => {
  let hash = 0;
  for (const character of connection) hash = (hash * 31 + character.charCodeAt(0)) % lifetimeSpreadMs;
  return since + lifetimeMs + hash;
};

const after = ({ quietMs }: Rules, { last, every }: Beating, beats: number): number =>
  last + (every > 0 ? beats * every * 1_000 : quietMs);

const silentAt = (given: Rules, one: Beating): number => after(given, one, given.silentBeats);
export const onlineUntil = (given: Rules, one: Beating): number => after(given, one, given.onlineBeats);

/** When a connection counts as left: its end may be noticed late, and by then its user may be offline already. */
export const leftAt = (given: Rules, one: Beating, now: number): number =>
  Math.min(now, Math.max(onlineUntil(given, one) - given.graceMs, one.last));

/** When the sweep must look at a connection that stands. */
export const dueAt = (given: Rules, one: Beating, now: number): number => {
  const ends = lifeEnds(given, one);
  const silent = silentAt(given, one);
  return Math.min(
    one.expiresAt,
    ends > now ? ends : ends + given.farewellMs,
    silent > now ? silent : Number.POSITIVE_INFINITY,
    now + given.lookMs,
  );
};

/** Whether and why the time of a connection is over, and until when its user counts nevertheless. */
type End = { connection: ConnectionId; code: Goodbye['code']; closed: boolean; lingers: number };

/** `looked` is when the sweep last looked: a client is asked once to come back on another connection. */
export const endOf = (given: Rules, one: Beating, looked: number, now: number): End | undefined => {
  const { connection, expiresAt, every } = one;
  const counts = onlineUntil(given, one);
  const ends = lifeEnds(given, one);
  const end = (code: End['code'], closed: boolean, lingers: number): End => ({
    connection,
    code,
    closed,
    lingers: Math.min(counts, lingers),
  });
  if (expiresAt <= now) return end('expired', true, expiresAt + given.graceMs);
  if (every > 0 && silentAt(given, one) <= now) return end('silent', true, counts);
  if (ends + given.farewellMs <= now) return end('lifetime', true, now + given.graceMs);
  return ends <= now && looked < ends ? end('lifetime', false, 0) : undefined;
};
