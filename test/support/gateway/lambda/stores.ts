import { type StoreProxy, startProxy } from './proxy.ts';
import { deniedTo, hasRole, readStatements } from './rights.ts';

/** The stores as the functions see them: each behind a proxy, by the settings that lib/config.ts reads. */
export type Stores = {
  environment: Record<string, string>;
  /** Cassandra's proxy of one function: by its port it is known who asks. */
  environmentOf(name: string): Record<string, string>;
  proxies: StoreProxy[];
  /** What functions asked of Cassandra that their roles do not let them. */
  denied(): string[];
};

/**
 * One Redis and one host of Cassandra can stand behind a proxy. A cluster tells its clients the addresses of its nodes,
 * which lead around any proxy; its settings are left as they are, and nothing of it can be cut.
 */
export const stand = async (
  environment: Record<string, string | undefined>,
  functions: string[],
): Promise<Stores> => {
  const atStores: Record<string, string> = {};
  const proxies: StoreProxy[] = [];
  const ports = new Map<string, string>();
  const denied = new Set<string>();
  const { PARLEY_REDIS_URL: redis, PARLEY_REDIS_CLUSTER: cluster } = environment;
  const { PARLEY_CASSANDRA_CONTACT_POINTS: host = '127.0.0.1', PARLEY_CASSANDRA_PORT: port } = environment;
  if (redis && cluster !== 'true') {
    const url = new URL(redis);
    const proxy = await startProxy({ host: url.hostname, port: Number(url.port || 6379) });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    atStores.PARLEY_REDIS_URL = url.href;
    proxies.push(proxy);
  }
  if (port && !host.includes(',')) {
    atStores.PARLEY_CASSANDRA_CONTACT_POINTS = '127.0.0.1';
    atStores.PARLEY_CASSANDRA_PORT = port;
    for (const name of functions) {
      const watch = () =>
        readStatements((statement) => {
          for (const one of deniedTo(name, statement)) denied.add(one);
        });
      const proxy = await startProxy({ host, port: Number(port) }, hasRole(name) ? watch : undefined);
      ports.set(name, String(proxy.port));
      proxies.push(proxy);
    }
  }
  return {
    environment: atStores,
    environmentOf: (name) => {
      const own = ports.get(name);
      return own === undefined ? {} : { PARLEY_CASSANDRA_PORT: own };
    },
    proxies,
    denied: () => [...denied],
  };
};
