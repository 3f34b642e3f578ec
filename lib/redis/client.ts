import { Cluster, Redis as Single } from 'ioredis';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Redis } from './script.ts';

export type RedisOptions = {
  /** `redis://` or `rediss://`, with user and password where the server wants them. */
  url: string;
  cluster: boolean;
  /** A command that takes longer counts as lost, and its socket as dead. */
  commandMs: number;
  clock: Clock;
};

/** After a failure, commands are refused for this long without waiting: one dead Redis must not eat every timeout. */
const downMs = 500;
/** A Lambda that was frozen this long may hold a dead socket. */
const idleMs = 60_000;
const probeMs = 300;

/** Answers that say "not now" rather than "wrong": failover, loading, resharding, full. */
const notNow =
  /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|MOVED|ASK|OOM|BUSY|NOREPLICAS|UNBLOCKED)\b/;

const connectTo = ({ url, cluster }: RedisOptions): Single | Cluster => {
  const common = { enableAutoPipelining: true, lazyConnect: true };
  const options = {
    ...common,
    connectTimeout: 1_000,
    maxRetriesPerRequest: 1,
    retryStrategy: (times: number) => Math.min(50 * times, 500),
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2 as const,
  };
  if (!cluster) return new Single(url, options);
  const { hostname, port, username, password, protocol } = new URL(url);
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    ...common,
    // ElastiCache's certificates name hosts, so the names must reach TLS unresolved.
    dnsLookup: (address, callback) => callback(null, address),
    slotsRefreshTimeout: 3_000,
    clusterRetryStrategy: (times) => Math.min(50 * times, 500),
    redisOptions: {
      ...options,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
};

const within = async <T>(ms: number, answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

export const createRedis = (options: RedisOptions): Redis & { close(): Promise<void> } => {
  const { clock, commandMs } = options;
  const client = connectTo(options);
  // Without a listener ioredis prints; the failing commands say the same.
  client.on('error', () => {});
  let downUntil = 0;
  let usedAt = clock.now();

  const probe = async () => {
    try {
      await within(probeMs, client.ping());
    } catch {
      client.disconnect(true);
    }
  };

  const ask = async <T>(command: () => Promise<T>): Promise<T> => {
    if (clock.now() < downUntil)
      throw new AppError('unavailable', 'unable to reach Redis; it failed just now');
    if (clock.now() - usedAt > idleMs) await probe();
    usedAt = clock.now();
    try {
      return await within(commandMs, command());
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError' && !notNow.test(error.message)) throw error;
      downUntil = clock.now() + downMs;
      if (client.status === 'ready') client.disconnect(true);
      throw new AppError('unavailable', 'unable to reach Redis; no answer in time', { cause: error });
    }
  };

  return {
    run: ({ sha, source }, keys, args) =>
      ask(async () => {
        try {
          return await client.evalsha(sha, keys.length, ...keys, ...args);
        } catch (error) {
          if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
          return client.eval(source, keys.length, ...keys, ...args);
        }
      }),
    delete: (...keys) => ask(async () => void (await client.del(...keys))),
    set: (key, value, ttlMs) => ask(async () => void (await client.set(key, value, 'PX', ttlMs))),
    get: (key) => ask(async () => (await client.get(key)) ?? undefined),
    getDelete: (key) => ask(async () => (await client.getdel(key)) ?? undefined),
    close: async () => client.disconnect(),
  };
};
