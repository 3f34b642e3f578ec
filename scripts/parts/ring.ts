import { join } from 'node:path';
import { type CassandraServer, findJava, startCassandra } from './cassandra.ts';
import { freePort } from './ports.ts';

/** Three nodes of Cassandra on this machine, each on an address of its own: with as many replicas one may die. */
const members = [
  { host: '127.0.0.1', token: '0' },
  { host: '127.0.0.2', token: '-9223372036854775808' },
  { host: '127.0.0.3', token: '3074457345618258602' },
];

export type Ring = {
  hosts: string[];
  port: number;
  nodes: CassandraServer[];
  /** Starts one again that has ended, on what it had. */
  restart(index: number): Promise<void>;
  stop(): Promise<void>;
};

export const startRing = async ({ jars, directory }: { jars: string; directory: string }): Promise<Ring> => {
  const [java, port, storagePort] = [findJava(), await freePort(), await freePort()];
  const [first] = members;
  const start = (index: number) => {
    const { host = '', token = '' } = members[index] ?? {};
    return startCassandra({
      java,
      jars,
      port,
      directory: join(directory, host),
      place: { host, token, seed: first?.host ?? '', storagePort, ringDelayMs: index === 0 ? 0 : 5_000 },
    });
  };
  const nodes: CassandraServer[] = [];
  // One after another: two that join at once are refused.
  for (const index of members.keys()) nodes.push(await start(index));
  return {
    hosts: members.map(({ host }) => host),
    port,
    nodes,
    restart: async (index) => {
      nodes[index] = await start(index);
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    },
  };
};
