/** What the memory adapters of the durable ports live in: named tables that outlive every wipe of the keyspace. */
export type Tables = {
  table<T>(name: string): Map<string, T>;
};

export const createTables = (kept = new Map<string, Map<string, unknown>>()): Tables => ({
  table: <T>(name: string) => {
    const table = kept.get(name) ?? new Map<string, unknown>();
    kept.set(name, table);
    return table as Map<string, T>;
  },
});
