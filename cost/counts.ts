import counts from './counts.json' with { type: 'json' };

/** What one operation asks of the stores, by name; test/system/counts/prices.test.ts counts it on real ones. */
export type Operation = keyof typeof counts;
export type Count = {
  /** Scripts by name, and plain commands in capitals. */
  redis: Record<string, number>;
  /** By table: `read`, `write`, and `if` for a conditional write. */
  cassandra: Record<string, number>;
};

/** Members of the conversation, and users whose presence the connection watches. */
export type Around = { members: number; watched: number };

type Kept = { line?: number } & Partial<
  Count & Record<'perMember' | 'perOther' | 'perWatched' | 'cassandraPerWatched', Record<string, number>>
>;

const summed = (...parts: [Record<string, number> | undefined, number][]): Record<string, number> => {
  const sum: Record<string, number> = {};
  for (const [part = {}, times] of parts) {
    for (const [name, count] of Object.entries(part)) {
      if (times > 0) sum[name] = (sum[name] ?? 0) + count * times;
    }
  }
  return sum;
};

export const countOf = (operation: Operation, { members, watched }: Around): Count => {
  const kept: Kept = counts[operation];
  return {
    redis: summed(
      [kept.redis, 1],
      [kept.perMember, members],
      [kept.perOther, members - 1],
      [kept.perWatched, watched],
    ),
    cassandra: summed([kept.cassandra, 1], [kept.cassandraPerWatched, watched]),
  };
};

/** Bytes of the log line that its invocation writes, in a conversation of two; test/system/counts/lines.test.ts holds it. */
export const lineOf = (operation: Operation): number => {
  const { line = 0 }: Kept = counts[operation];
  return line;
};
