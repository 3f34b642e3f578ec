import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';

/** Milliseconds. */
type Times = {
  /** A holder whose beat stood still for this long is dead. */
  deadAfter?: number;
  /** How often a waiter asks. */
  every?: number;
  now?: () => number;
};

/** To be awaited while the work goes on: it throws where the lease is another's by now. */
export type Beat = () => Promise<void>;

const table = 'CREATE TABLE IF NOT EXISTS migration_lease (name text PRIMARY KEY, holder text, beat int)';
const take = `INSERT INTO migration_lease (name, holder, beat) VALUES ('schema', ?, 0) IF NOT EXISTS`;
const takeOver = `UPDATE migration_lease SET holder = ?, beat = 0 WHERE name = 'schema' IF holder = ? AND beat = ?`;
const renew = `UPDATE migration_lease SET beat = ? WHERE name = 'schema' IF holder = ?`;
const giveBack = `DELETE FROM migration_lease WHERE name = 'schema' IF holder = ?`;

const prepared = { prepare: true };

/** What `leased` needs to be there. */
export const leaseTable = table;

/**
 * One runner at a time. No times to live, which Keyspaces takes only where they were turned on, and no clock but the
 * waiter's own: it takes over what it has seen stand still.
 */
export const leased = async <T>(
  client: Client,
  work: (beat: Beat) => Promise<T>,
  { deadAfter = 120_000, every = 500, now = Date.now }: Times = {},
): Promise<T> => {
  const me = randomUUID();
  let seen = { holder: '', beat: -1, at: 0 };
  const tryTake = async (): Promise<boolean> => {
    const taken = await client.execute(take, [me], prepared);
    if (taken.wasApplied()) return true;
    const { holder, beat } = taken.first() as unknown as { holder: string; beat: number };
    if (holder !== seen.holder || beat !== seen.beat) seen = { holder, beat, at: now() };
    if (now() - seen.at < deadAfter) return false;
    return (await client.execute(takeOver, [me, holder, beat], prepared)).wasApplied();
  };
  while (!(await tryTake())) await pause(every);

  let beats = 0;
  const beat = async () => {
    const renewed = await client.execute(renew, [++beats, me], prepared);
    if (!renewed.wasApplied()) throw new Error('another migration has taken over; run it again');
  };
  try {
    return await work(beat);
  } finally {
    await client.execute(giveBack, [me], prepared);
  }
};
