import { sendMessage } from '../../lib/actions/messages/send.ts';
import { deliverQueued } from '../../lib/deliver.ts';
import { perform } from '../../lib/edge/perform.ts';
import { posterGateway } from '../../lib/gateway/poster.ts';
import { clock } from '../../lib/platform.ts';
import { memoryQueue } from '../../lib/queue/memory.ts';
import { sqsQueue } from '../../lib/queue/sqs.ts';
import { memoryRates } from '../../lib/rates/memory.ts';
import { redisRates } from '../../lib/rates/redis.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import { limits } from '../../schema/limits.ts';
import { appOver, cassandraAt, redisAt } from '../app.ts';
import { figure, spread } from '../figures.ts';
import { counting } from '../page/counting.ts';
import type { Part } from '../part.ts';
import { aKey, aText } from '../people.ts';
import { median } from '../quantiles.ts';
import { whileRunning } from '../running.ts';
import { postsAt, startSink } from '../sink.ts';
import { withStores } from '../stores.ts';
import { inTurns } from '../turns.ts';
import { credentials, startDeliverer } from './deliverer.ts';
import { devicesEach, openAudience } from './group.ts';

const cases = [
  { members: 10, way: 'inline' },
  { members: 100, way: 'inline' },
  { members: 500, way: 'inline' },
  { members: 500, way: 'queue' },
] as const;
type Case = (typeof cases)[number];

const warmUps = 10;
const sends = 20;
/** The rate limit is not what is measured. */
const noLimit = { count: 1_000_000, windowMs: 1_000 };

export const measureAudience: Part = (bench) =>
  withStores(bench, ({ redisUrl, cassandraPort }) =>
    whileRunning(startSink(bench.directory), ({ endpoint }) =>
      whileRunning(startDeliverer(bench.directory, endpoint), async ({ url, region }) => {
        const [redis, cassandra] = [redisAt(redisUrl), cassandraAt(cassandraPort)];
        const asked = { redis: 0, cassandra: 0, marks: 0, posts: 0, puts: 0 };
        const ports = appOver({
          redis: counting(redis, () => asked.redis++),
          cassandra: counting(cassandra, () => asked.cassandra++),
        });
        const poster = posterGateway({ endpoint, region, credentials });
        const { mark } = ports.connections;
        const app = {
          ...ports,
          connections: { ...ports.connections, ...counting({ mark }, () => asked.marks++) },
          gateway: counting(poster, () => asked.posts++),
          users: cassandraUsers(cassandra),
          rates: redisRates(redis),
          spareRates: memoryRates({ keys: createKeyspace(clock), clock }),
          policy: { sendWindow: () => noLimit, strangerWindow: () => noLimit, registers: () => true },
        };
        const queues = {
          queue: counting(sqsQueue({ url, region, credentials }), () => asked.puts++),
          inline: memoryQueue((publication) => deliverQueued(app, publication)),
        };

        /** One send: until its ack, and until the last post was made. */
        const send = async (
          { members, way }: Case,
          audience: Awaited<ReturnType<typeof openAudience>>,
          posted: number,
        ) => {
          const uses = { ...app, queue: queues[way] };
          const frame = {
            action: 'sendMessage' as const,
            type: 'text',
            conversation: audience.conversation,
            key: aKey(),
            after: audience.head,
            text: aText(),
          };
          const at = performance.now();
          const outcome = await sendMessage(
            uses,
            audience.caller,
            frame as Parameters<typeof sendMessage>[2],
          );
          audience.head = (await perform(uses, outcome)).seq;
          const ackMs = performance.now() - at;
          const total = await postsAt(endpoint, posted + members * devicesEach - 1);
          return { ackMs, allMs: performance.now() - at, total };
        };

        const audiences = new Map<number, Awaited<ReturnType<typeof openAudience>>>();
        for (const { members } of cases) {
          if (audiences.has(members)) continue;
          bench.say(`connecting ${members} members`);
          audiences.set(members, await openAudience(ports, members));
        }
        const run = async (taken: Case, times: number) => {
          const audience = audiences.get(taken.members);
          if (!audience) throw new Error('there is no such audience');
          let total = await postsAt(endpoint, 0);
          Object.assign(asked, { redis: 0, cassandra: 0, marks: 0, posts: 0, puts: 0 });
          const told = [];
          for (let i = 0; i < times; i++) {
            const one = await send(taken, audience, total);
            total = one.total;
            told.push(one);
          }
          const each = Object.fromEntries(
            Object.entries(asked).map(([name, count]) => [name, count / times]),
          ) as typeof asked;
          return {
            ...each,
            ackMs: median(told.map(({ ackMs }) => ackMs)),
            allMs: median(told.map(({ allMs }) => allMs)),
          };
        };
        try {
          for (const taken of cases) await run(taken, bench.pace.count(warmUps));
          const results = await inTurns(cases, bench.pace.repetitions, (taken) =>
            run(taken, bench.pace.count(sends)),
          );
          return [
            {
              title: 'audience: one message to many',
              method: `One message in flight, ${devicesEach} connections for each member, batch commit log. Through the queue, an invocation posts to ${limits.inlinePosts} connections itself and another process to the rest; inline, it posts to all. Everything shares the machine.`,
              columns: [
                'members',
                'way',
                'posts of its own',
                'put',
                'marks',
                'Redis commands',
                'Cassandra statements',
                'ms to the ack',
                'ms to the last post',
              ],
              rows: results.map(({ taken: { members, way }, told }) => {
                const count = (name: keyof typeof asked) => figure(median(told.map((one) => one[name])), 0);
                return [
                  String(members),
                  way === 'inline' ? 'inline' : 'through the queue',
                  ...(['posts', 'puts', 'marks', 'redis', 'cassandra'] as const).map(count),
                  spread(
                    told.map(({ ackMs }) => ackMs),
                    0,
                  ),
                  spread(
                    told.map(({ allMs }) => allMs),
                    0,
                  ),
                ];
              }),
            },
          ];
        } finally {
          await Promise.all([redis.close(), cassandra.close()]);
        }
      }),
    ),
  );
