import { types } from 'cassandra-driver';

const { consistencies } = types;

/** Every consistency this product reads and writes with, by what is read. */
export const consistency = {
  /** All writes; Keyspaces knows no other. */
  write: consistencies.localQuorum,
  /** One serial level everywhere: mixing it with SERIAL would break the conditional writes. */
  serial: consistencies.localSerial,
  /** Heads, members, users, devices, newest entries: what a decision rests on. */
  decisive: consistencies.localQuorum,
  /** Pages far below the head, where configuration allows it; a page with a missing number is read again. */
  relaxed: consistencies.localOne,
} as const;
