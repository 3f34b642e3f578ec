import { appOver, cassandraAt, redisAt } from '../app.ts';
import { figure, spread } from '../figures.ts';
import { closedLoop } from '../loop.ts';
import type { Part } from '../part.ts';
import { median } from '../quantiles.ts';
import { withStores } from '../stores.ts';
import { inTurns } from '../turns.ts';
import { members, openGroup } from './group.ts';

const warmUpMs = 6_000;
const measuredMs = 3_000;
const cases = [1, 4, 16, members].flatMap((senders) => [true, false].map((turn) => ({ senders, turn })));

export const measureHot: Part = (bench) =>
  withStores(bench, async ({ redisUrl, cassandraPort }) => {
    const [redis, cassandra] = [redisAt(redisUrl), cassandraAt(cassandraPort)];
    const app = appOver({ redis, cassandra });
    const run = async ({ senders, turn }: (typeof cases)[number], ms: number) => {
      const { send, tally } = await openGroup(app, turn);
      return { ...(await closedLoop({ lanes: senders, ms, work: send })), ...tally };
    };
    try {
      for (const turn of [true, false]) await run({ senders: 4, turn }, bench.pace.ms(warmUpMs) / 2);
      const results = await inTurns(cases, bench.pace.repetitions, (taken) =>
        run(taken, bench.pace.ms(measuredMs)),
      );
      return [
        {
          title: 'hot: one conversation that everybody writes to',
          method: `Closed loop, one message in flight per sender, a group of ${members} without connections, batch commit log.`,
          columns: [
            'senders',
            'turn',
            'messages/s',
            'p50 ms',
            'p99 ms',
            'taken numbers per message',
            'tried again',
          ],
          rows: results.map(({ taken: { senders, turn }, told }) => [
            String(senders),
            turn ? 'yes' : 'no',
            spread(
              told.map(({ perSecond }) => perSecond),
              0,
            ),
            figure(median(told.map(({ p50Ms }) => p50Ms)), 1),
            figure(median(told.map(({ p99Ms }) => p99Ms)), 1),
            spread(
              told.map(({ taken, stored }) => taken / stored),
              2,
            ),
            String(told.reduce((sum, { refused }) => sum + refused, 0)),
          ]),
        },
      ];
    } finally {
      await Promise.all([redis.close(), cassandra.close()]);
    }
  });
