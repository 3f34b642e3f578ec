import { type StoreProxy, startProxy } from './proxy.ts';

/** The stores as the functions see them: each behind a proxy, by the settings that lib/config.ts reads. */
export type Stores = {
  environment: Record<string, string>;
  proxies: StoreProxy[];
};

/**
 * One Redis and one host of Cassandra can stand behind a proxy. A cluster tells its clients the addresses of its nodes,
 * which lead around any proxy; its settings are left as they are, and nothing of it can be cut.
 */
export const stand = async (environment: Record<string, string | undefined>): Promise<Stores> => {
  const stores: Stores = { environment: {}, proxies: [] };
  const { PARLEY_REDIS_URL: redis, PARLEY_REDIS_CLUSTER: cluster } = environment;
  const { PARLEY_CASSANDRA_CONTACT_POINTS: host = '127.0.0.1', PARLEY_CASSANDRA_PORT: port } = environment;
  if (redis && cluster !== 'true') {
    const url = new URL(redis);
    const proxy = await startProxy({ host: url.hostname, port: Number(url.port || 6379) });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    stores.environment.PARLEY_REDIS_URL = url.href;
    stores.proxies.push(proxy);
  }
  if (port && !host.includes(',')) {
    const proxy = await startProxy({ host, port: Number(port) });
    stores.environment.PARLEY_CASSANDRA_CONTACT_POINTS = '127.0.0.1';
    stores.environment.PARLEY_CASSANDRA_PORT = String(proxy.port);
    stores.proxies.push(proxy);
  }
  return stores;
};
