import { readMessages } from '../../lib/actions/messages/read.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import { parseKeys } from '../../lib/tokens/keys.ts';
import { appOver, cassandraAt, redisAt } from '../app.ts';
import { figure, spread } from '../figures.ts';
import { closedLoop } from '../loop.ts';
import type { Part } from '../part.ts';
import { withStores } from '../stores.ts';
import { inTurns } from '../turns.ts';
import { counting } from './counting.ts';
import { fillLog } from './long-log.ts';

const entries = 100_000;
const limit = 50;
const warmUpMs = 3_000;
const measuredMs = 4_000;

const cases = ['newest, in Redis', 'newest, Redis empty', 'from the middle'] as const;
type Case = (typeof cases)[number];

const keys = parseKeys(JSON.stringify({ seed: 'cursors of a bench'.padEnd(32) }));

export const measurePage: Part = (bench) =>
  withStores(bench, async ({ redisUrl, cassandraPort }) => {
    const [redis, cassandra] = [redisAt(redisUrl), cassandraAt(cassandraPort)];
    const asked = { redis: 0, cassandra: 0, reads: 0 };
    const direct = appOver({ redis, cassandra });
    const app = {
      ...appOver({
        redis: counting(redis, () => asked.redis++),
        cassandra: counting(cassandra, () => asked.cassandra++),
      }),
      cursors: createCursors(async () => keys, Date.now),
    };
    try {
      const size = bench.pace.count(entries);
      bench.say(`writing ${size} entries`);
      const { conversation, reader } = await fillLog(direct, cassandra, size);
      const caller = { user: reader } as Parameters<typeof readMessages>[1];
      /** Anywhere in the middle half, so that no page is read twice in a row. */
      const middle = () => Math.floor(size * (0.25 + Math.random() / 2));

      const run = async (taken: Case, ms: number) => {
        Object.assign(asked, { redis: 0, cassandra: 0, reads: 0 });
        const paced = await closedLoop({
          lanes: 1,
          ms,
          prepare: async () => {
            if (taken === 'newest, Redis empty') await direct.conversations.drop(conversation);
          },
          work: async () => {
            const place = taken === 'from the middle' ? { before: middle() } : {};
            const { reply } = await readMessages(app, caller, conversation, { limit, ...place });
            if (reply.items.length !== limit || reply.missing) throw new Error('a page came with holes');
            asked.reads++;
          },
        });
        return { ...paced, scripts: asked.redis / asked.reads, statements: asked.cassandra / asked.reads };
      };
      for (const taken of cases) await run(taken, bench.pace.ms(warmUpMs));
      const results = await inTurns(cases, bench.pace.repetitions, (taken) =>
        run(taken, bench.pace.ms(measuredMs)),
      );
      return [
        {
          title: `page: ${limit} entries of ${figure(size, 0)}`,
          method: 'Closed loop, one reader, one read in flight, batch commit log.',
          columns: ['page', 'p50 ms', 'p99 ms', 'Redis commands', 'Cassandra statements'],
          rows: results.map(({ taken, told }) => [
            taken,
            spread(
              told.map(({ p50Ms }) => p50Ms),
              2,
            ),
            spread(
              told.map(({ p99Ms }) => p99Ms),
              2,
            ),
            spread(
              told.map(({ scripts }) => scripts),
              2,
            ),
            spread(
              told.map(({ statements }) => statements),
              2,
            ),
          ]),
        },
      ];
    } finally {
      await Promise.all([redis.close(), cassandra.close()]);
    }
  });
