import { Cluster, ReplyError, Redis as Single } from 'ioredis';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { idleMs } from '../idle.ts';
import type { Redis } from './script.ts';

export type RedisOptions = {
  /** `redis://` or `rediss://`, with user and password where the server wants them. */
  url: string;
  /** The password, where the URL has none: asked for whenever a connection is opened. */
  password?: () => Promise<string>;
  cluster: boolean;
  /** A command that takes longer counts as lost, and its socket as dead. */
  commandMs: number;
  clock: Clock;
};

/** After a failure, commands are refused for this long without waiting: one dead Redis must not eat every timeout. */
const downMs = 500;
const probeMs = 300;

/**
 * Answers that say "not now" rather than "wrong": failover, loading, resharding, full, a password that was replaced.
 * Redis 6 wraps what a script met.
 */
const notNow =
  /^(ERR Error running script .*-)?(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|MOVED|ASK|OOM|MISCONF|BUSY|NOREPLICAS|UNBLOCKED|NOAUTH|WRONGPASS|ERR max number of clients)\b/;

const connectTo = ({ url, cluster }: RedisOptions, given: string | undefined): Single | Cluster => {
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
  const address = new URL(url);
  if (given !== undefined) address.password = encodeURIComponent(given);
  if (!cluster) return new Single(address.href, options);
  const { hostname, port, username, password, protocol } = address;
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
  const open = async () => {
    const fresh = connectTo(options, await options.password?.());
    // Without a listener ioredis prints; the failing commands say the same.
    fresh.on('error', () => {});
    client = fresh;
    return fresh;
  };
  let client: Single | Cluster | undefined;
  let opening: ReturnType<typeof open> | undefined;
  let downUntil = 0;
  let usedAt = clock.now();

  const opened = async () => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };

  /** A socket that is dead without a word would wait for its goodbye to be answered: it is left behind. */
  const renew = (dead: Single | Cluster) => {
    if (client !== dead) return;
    client = undefined;
    opening = undefined;
    dead.disconnect();
  };

  const probe = async () => {
    const asked = client;
    if (!asked) return;
    try {
      await within(probeMs, asked.ping());
    } catch {
      renew(asked);
    }
  };

  /** By class, not by name: bundles shorten names. */
  const isWrong = (error: unknown) =>
    error instanceof Error && error instanceof ReplyError && !notNow.test(error.message);

  const away = (error: unknown): never => {
    if (isWrong(error)) throw error;
    downUntil = clock.now() + downMs;
    throw new AppError('unavailable', 'unable to reach Redis; no answer in time', { cause: error });
  };

  /** Every command may be done twice, but for those that say `once`. */
  const ask = async <T>(
    command: (client: Single | Cluster) => Promise<T>,
    times: 'once' | 'twice' = 'twice',
  ): Promise<T> => {
    if (clock.now() < downUntil)
      throw new AppError('unavailable', 'unable to reach Redis; it failed just now');
    if (clock.now() - usedAt > idleMs) await probe();
    usedAt = clock.now();
    const asked = await opened().catch(away);
    const wasReady = asked.status === 'ready';
    try {
      return await within(commandMs, command(asked));
    } catch (error) {
      if (isWrong(error)) throw error;
      renew(asked);
      // A socket that stood and did not answer may be dead without a word: once more, on a fresh one.
      if (times === 'twice' && wasReady) return await within(commandMs, opened().then(command)).catch(away);
      return away(error);
    }
  };

  return {
    run: ({ sha, source }, keys, args) =>
      ask(async (client) => {
        try {
          return await client.evalsha(sha, keys.length, ...keys, ...args);
        } catch (error) {
          if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
          return client.eval(source, keys.length, ...keys, ...args);
        }
      }),
    delete: (...keys) => ask(async (client) => void (await client.del(...keys))),
    set: (key, value, ttlMs) => ask(async (client) => void (await client.set(key, value, 'PX', ttlMs))),
    get: (key) => ask(async (client) => (await client.get(key)) ?? undefined),
    getDelete: (key) => ask(async (client) => (await client.getdel(key)) ?? undefined, 'once'),
    close: async () => client?.disconnect(),
  };
};
