import { type Around, type Count, countOf, type Operation } from '../../cost/counts.ts';
import type { App } from '../../lib/app.ts';
import { redisBeats } from '../../lib/beats/redis.ts';
import type { Cassandra } from '../../lib/cassandra/client.ts';
import { redisConnections } from '../../lib/connections/redis.ts';
import { redisConversations } from '../../lib/conversations/redis.ts';
import { perform } from '../../lib/edge/perform.ts';
import { AppError } from '../../lib/errors.ts';
import { cassandraMembers } from '../../lib/members/cassandra.ts';
import { cassandraMessages } from '../../lib/messages/cassandra.ts';
import type { Outcome } from '../../lib/outcome.ts';
import { redisPresences } from '../../lib/presence/redis.ts';
import { redisRates } from '../../lib/rates/redis.ts';
import { cassandraReceipts } from '../../lib/receipts/cassandra.ts';
import { redisReceipts } from '../../lib/receipts/redis.ts';
import type { Redis } from '../../lib/redis/script.ts';
import { cassandraSeen } from '../../lib/seen/cassandra.ts';
import { redisSettings } from '../../lib/settings/redis.ts';
import { redisTickets } from '../../lib/tickets/redis.ts';
import { cassandraUnannounced } from '../../lib/unannounced/cassandra.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import { type TestApp, testApp } from './app.ts';
import { realChance, realClock } from './clock.ts';
import { realCassandra, realRedis } from './real.ts';

/** What the real adapters asked of their stores, by name. A read counts once, however many pages it has. */
type Counts = Count & { posts: number };

export type Counted = {
  app: TestApp;
  /** Does something, and says what it answered or was refused with, and what it cost. */
  run<Reply>(
    acting: (app: TestApp) => Promise<Outcome<Reply>>,
  ): Promise<{ reply: Reply | AppError; counts: Counts }>;
  close(): Promise<void>;
};

const add = (counts: Record<string, number>, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

const countingRedis = (redis: Redis, count: (name: string) => void): Redis => ({
  run: (script, ...rest) => {
    count(script.name);
    return redis.run(script, ...rest);
  },
  delete: (...keys) => {
    count('DEL');
    return redis.delete(...keys);
  },
  set: (...asked) => {
    count('SET');
    return redis.set(...asked);
  },
  get: (key) => {
    count('GET');
    return redis.get(key);
  },
  getDelete: (key) => {
    count('GETDEL');
    return redis.getDelete(key);
  },
});

const kinds = { read: 'read', pages: 'read', readAll: 'read', write: 'write', writeIf: 'if' };
const tableIn = (cql: string) => cql.match(/\b(?:FROM|INTO|UPDATE)\s+(\w+)/i)?.[1];

const countingCassandra = (cassandra: Cassandra, count: (name: string) => void): Cassandra => {
  const counting = Object.entries(kinds).map(([method, kind]) => [
    method,
    (cql: string, ...rest: unknown[]) => {
      count(`${kind} ${tableIn(cql)}`);
      return (cassandra[method as keyof Cassandra] as (...asked: unknown[]) => unknown)(cql, ...rest);
    },
  ]);
  return Object.fromEntries(counting) as Cassandra;
};

/** The whole application over the stores of the run, or another Redis; connections are in memory. */
export const countedApp = (redisUrl?: string): Counted => {
  const none = (): Counts => ({ redis: {}, cassandra: {}, posts: 0 });
  let counts = none();
  const [inRedis, inCassandra] = [realRedis(redisUrl), realCassandra()];
  const redis = countingRedis(inRedis, (name) => add(counts.redis, name));
  const cassandra = countingCassandra(inCassandra, (name) => add(counts.cassandra, name));
  const memory = testApp();
  const app: TestApp = {
    ...memory,
    clock: { ...memory.clock, now: realClock.now, pause: realClock.pause },
    policy: { ...memory.policy, sendWindow: () => ({ count: 100, windowMs: 60_000 }) },
    beats: redisBeats({ redis }),
    connections: redisConnections({ redis, chance: realChance }),
    conversations: redisConversations(redis),
    members: cassandraMembers(cassandra),
    messages: cassandraMessages(cassandra),
    presence: redisPresences({ redis, chance: realChance }),
    rates: redisRates(redis),
    receipts: redisReceipts({ redis, stored: cassandraReceipts(cassandra), chance: realChance }),
    seen: cassandraSeen(cassandra),
    settings: redisSettings(redis),
    tickets: redisTickets(redis),
    unannounced: cassandraUnannounced({ cassandra, clock: realClock }),
    users: cassandraUsers(cassandra),
    gateway: {
      ...memory.gateway,
      post: (...asked) => {
        counts.posts++;
        return memory.gateway.post(...asked);
      },
    },
  };
  return {
    app,
    run: async (acting) => {
      counts = none();
      const reply = await acting(app).then(
        (outcome) => perform(app as App, outcome),
        (error: unknown) => {
          if (error instanceof AppError) return error;
          throw error;
        },
      );
      return { reply, counts };
    },
    close: async () => {
      await Promise.all([inRedis.close(), inCassandra.close()]);
    },
  };
};

/** What cost/counts.json says of an operation, for so many members and posts: `npm run cost` reckons by the same. */
export const listed = (
  name: Operation,
  { posts = 0, members = 0, watched = 0 }: Partial<Around> & { posts?: number } = {},
): Counts => ({ ...countOf(name, { members, watched }), posts });
