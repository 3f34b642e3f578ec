import access from '../../../../cloud/access.gen.json' with { type: 'json' };
import { rightsOf } from '../../../../scripts/cloud/access.ts';

/**
 * What the role of each function lets it do in Cassandra, as IAM holds it against each statement in Keyspaces. Read
 * from what goes over the wire: version 4 of the protocol, uncompressed.
 */
const [headerBytes, query, prepare] = [9, 0x07, 0x09];

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const byFunction = new Map<string, { reads: string[]; writes: string[] }>(Object.entries(access.functions));

/** The statements in what a client sends, as it comes. */
export const readStatements = (found: (statement: string) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes && rest.length >= headerBytes + rest.readUInt32BE(5)) {
      const end = headerBytes + rest.readUInt32BE(5);
      const [opcode, body] = [rest[4], rest.subarray(headerBytes, end)];
      if (opcode === query || opcode === prepare)
        found(body.toString('utf8', 4, 4 + body.readUInt32BE(0)).trim());
      rest = rest.subarray(end);
    }
  };
};

/** Whether the function has a role that somebody looks after: those that a test makes for itself have none. */
export const hasRole = (name: string): boolean => byFunction.has(kebab(name));

/** What of a statement the role of this function denies. */
export const deniedTo = (name: string, statement: string): string[] => {
  const asked = rightsOf([statement]);
  const { reads, writes } = byFunction.get(kebab(name)) ?? { reads: [], writes: [] };
  return [
    ...asked.reads.filter((table) => !reads.includes(table)).map((table) => `${name} may not read ${table}`),
    ...asked.writes
      .filter((table) => !writes.includes(table))
      .map((table) => `${name} may not write ${table}`),
  ];
};
