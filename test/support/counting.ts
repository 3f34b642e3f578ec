import { type Around, countOf, type Operation } from '../../cost/counts.ts';
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
import { cassandraReceipts } from '../../lib/receipts/cassandra.ts';
import { redisReceipts } from '../../lib/receipts/redis.ts';
import type { Redis } from '../../lib/redis/script.ts';
import { cassandraSeen } from '../../lib/seen/cassandra.ts';
import { cassandraUnannounced } from '../../lib/unannounced/cassandra.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import { type TestApp, testApp } from './app.ts';
import { realChance, realClock } from './clock.ts';

/** What one operation asked of the stores and the gateway: names of scripts and of statements, in no order. */
type Counted = { scripts: string[]; commands: string[]; statements: string[]; posts: number };

/** Every method of a store, noted by name before it is called. */
const noted = <Store extends object>(store: Store, note: (name: string, asked: unknown[]) => void): Store =>
  Object.fromEntries(
    Object.entries(store).map(([name, method]) => [
      name,
      (...asked: unknown[]) => {
        note(name, asked);
        return (method as (...all: unknown[]) => unknown)(...asked);
      },
    ]),
  ) as Store;

/** The application over real stores, counted where the adapters ask them. */
export const countingApp = (redis: Redis, cassandra: Cassandra) => {
  let counted: Counted;
  const forget = () => {
    counted = { scripts: [], commands: [], statements: [], posts: 0 };
  };
  forget();
  const countedRedis = noted(redis, (name, [first]) => {
    if (name === 'run') counted.scripts.push((first as { name: string }).name);
    else counted.commands.push(name);
  });
  const countedCassandra = noted(cassandra, (name) => counted.statements.push(name));

  const memory = testApp();
  const app: TestApp = {
    ...memory,
    clock: { ...memory.clock, now: realClock.now },
    policy: { ...memory.policy, sendWindow: () => ({ count: 5, windowMs: 60_000 }) },
    beats: redisBeats({ redis: countedRedis }),
    connections: redisConnections({ redis: countedRedis, chance: realChance }),
    conversations: redisConversations(countedRedis),
    presence: redisPresences({ redis: countedRedis, chance: realChance }),
    receipts: redisReceipts({
      redis: countedRedis,
      stored: cassandraReceipts(countedCassandra),
      chance: realChance,
    }),
    members: cassandraMembers(countedCassandra),
    messages: cassandraMessages(countedCassandra),
    seen: cassandraSeen(countedCassandra),
    unannounced: cassandraUnannounced({ cassandra: countedCassandra, clock: realClock }),
    users: cassandraUsers(countedCassandra),
    gateway: {
      ...memory.gateway,
      post: (...asked) => {
        counted.posts++;
        return memory.gateway.post(...asked);
      },
    },
  };

  /** Works, and tells what it came to and what it asked for. */
  const count = async <T>(work: (uses: TestApp) => Promise<T>) => {
    forget();
    const reply = await work(app).catch((error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    });
    const { scripts, commands, statements, posts } = counted;
    return {
      reply,
      counted: { scripts: scripts.toSorted(), commands, statements: statements.toSorted(), posts },
    };
  };
  /** The same for an action, performed as the edge does. */
  const run = <Reply>(acting: (uses: App) => Promise<Outcome<Reply>>) =>
    count(async (uses) => perform(uses, await acting(uses)));
  return { app, count, run };
};

/** What cost/counts.json says of an operation, for so many members and posts: `npm run cost` reckons by the same. */
export const listed = (
  name: Operation,
  { posts = 0, ...around }: Partial<Around> & { posts?: number } = {},
): Counted => {
  const { scripts, commands, statements } = countOf(name, { members: 0, watched: 0, ...around });
  const names = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([one, count]) => Array<string>(count).fill(one));
  return {
    scripts: names(scripts).toSorted(),
    commands: names(commands),
    statements: names(statements).toSorted(),
    posts,
  };
};
