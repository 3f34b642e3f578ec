import type { CommitLog } from '../../scripts/parts/cassandra.ts';
import { cassandraAt } from '../app.ts';
import { figure, spread } from '../figures.ts';
import { closedLoop, type Paced } from '../loop.ts';
import type { Bench, Part } from '../part.ts';
import { median } from '../quantiles.ts';
import { withCassandra } from '../stores.ts';
import type { Table } from '../table.ts';
import { inTurns, type Taken } from '../turns.ts';
import { type Case, inserting } from './inserting.ts';

const warmUpMs = 8_000;
const warmUpLanes = 16;
const measuredMs = 1_500;

const cases: Case[] = (['one', 'per sender'] as const).flatMap((conversations) =>
  [1, 4, 16, 64].flatMap((inFlight) =>
    ([true, false] as const).map((conditional) => ({ conversations, inFlight, conditional })),
  ),
);

const measureWith = (bench: Bench, commitLog: CommitLog) =>
  withCassandra(bench, commitLog, async (port) => {
    const cassandra = cassandraAt(port);
    const run = (taken: Case, ms: number) =>
      closedLoop({ lanes: taken.inFlight, ms, work: inserting(cassandra, taken) });
    try {
      for (const conditional of [true, false]) {
        const warming: Case = { conversations: 'per sender', inFlight: warmUpLanes, conditional };
        await run(warming, bench.pace.ms(warmUpMs) / 2);
      }
      return await inTurns(cases, bench.pace.repetitions, (taken) => run(taken, bench.pace.ms(measuredMs)));
    } finally {
      await cassandra.close();
    }
  });

const rowsOf = (results: Taken<Case, Paced>[]): string[][] => {
  const rateOf = ({ told }: Taken<Case, Paced>) => told.map(({ perSecond }) => perSecond);
  const p50Of = ({ told }: Taken<Case, Paced>) => told.map(({ p50Ms }) => p50Ms);
  const conditionals = results.filter(({ taken }) => taken.conditional);
  return conditionals.flatMap((conditional) => {
    const { conversations, inFlight } = conditional.taken;
    const plain = results.find(
      ({ taken }) =>
        !taken.conditional && taken.inFlight === inFlight && taken.conversations === conversations,
    );
    if (!plain) return [];
    return [
      [
        conversations,
        String(inFlight),
        spread(rateOf(conditional), 0),
        spread(rateOf(plain), 0),
        figure(median(rateOf(plain)) / median(rateOf(conditional)), 1),
        figure(median(p50Of(conditional)), 2),
        figure(median(p50Of(plain)), 2),
      ],
    ];
  });
};

const tableOf = (commitLog: CommitLog, results: Taken<Case, Paced>[]): Table => ({
  title: `insert: conditional and plain, ${commitLog} commit log`,
  method: 'Closed loop, one client, one node; a row is a message of 225 bytes.',
  columns: [
    'conversations',
    'in flight',
    'conditional rows/s',
    'plain rows/s',
    'plain/conditional',
    'conditional p50 ms',
    'plain p50 ms',
  ],
  rows: rowsOf(results),
});

export const measureInsert: Part = async (bench) => {
  const tables: Table[] = [];
  for (const commitLog of ['batch', 'periodic'] as const) {
    tables.push(tableOf(commitLog, await measureWith(bench, commitLog)));
  }
  return tables;
};
