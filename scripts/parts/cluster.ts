import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** Three Redis processes that share the slots: what ElastiCache Serverless is to its clients. */
const size = 3;
const slots = 16_384;

export const startCluster = async (options: {
  server: string;
  directory: string;
}): Promise<{ port: number; nodes: RedisServer[]; stop(): Promise<void> }> => {
  const { server, directory } = options;
  const nodes = await Promise.all(
    Array.from({ length: size }, async (_, i) =>
      startRedis({ server, directory, cluster: true, name: `node-${i}`, port: await clusterPort() }),
    ),
  );
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  const [first, ...others] = clients;
  if (!first) throw new Error('a cluster needs nodes');
  await Promise.all(
    clients.map((client, i) => {
      const own = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot % size === i);
      return client.cluster('ADDSLOTS', ...own);
    }),
  );
  for (const [i] of others.entries()) await first.cluster('MEET', '127.0.0.1', nodes[i + 1]?.port ?? 0);
  await Promise.all(clients.map(untilAgreed));
  for (const client of clients) client.disconnect();
  return {
    port: nodes[0]?.port ?? 0,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
};

/** The nodes talk to each other on the port plus 10 000. */
export const clusterPort = async (): Promise<number> => {
  for (;;) {
    const port = await freePort();
    if (port <= 55_535) return port;
  }
};

const untilAgreed = async (client: Redis): Promise<void> => {
  for (;;) {
    const info = String(await client.cluster('INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
