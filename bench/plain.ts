import type { Cassandra } from '../lib/cassandra/client.ts';

/** The same statements without their condition: what the sequencer's `IF NOT EXISTS` costs, and a fast way to fill a log. */
export const unconditional = (cassandra: Cassandra): Cassandra => ({
  ...cassandra,
  writeIf: async (cql, values) => {
    await cassandra.write(cql.replace(' IF NOT EXISTS', ''), values);
    return undefined;
  },
});
