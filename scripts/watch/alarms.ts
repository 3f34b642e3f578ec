import type { MetricName } from '../../lib/metrics/metrics.ts';
import { actions, minute, nameOf, pascal, type Resources, source } from './alarm.ts';
import { promiseAlarms, promiseNames } from './promises.ts';

/**
 * Alarms of CloudWatch on what the product measures itself. docs/OPERATIONS.md has a runbook for each, by its name.
 * What AWS counts by itself is in cloud/alarms.yml and sockets.ts.
 */
type Watched = {
  name: string;
  says: string;
  of: MetricName;
  stat: 'Sum' | 'Maximum';
  over: number;
  /** Of so many periods of five minutes, all. */
  periods: number;
};

const watched: Watched[] = [
  { name: 'errors', says: 'A log line of level error', of: 'errors', stat: 'Sum', over: 1, periods: 1 },
  {
    name: 'warnings',
    says: 'Many log lines of level warn',
    of: 'warnings',
    stat: 'Sum',
    over: 100,
    periods: 2,
  },
  {
    name: 'redis-away',
    says: 'Redis does not answer',
    of: 'redisFailures',
    stat: 'Sum',
    over: 20,
    periods: 2,
  },
  {
    name: 'cassandra-away',
    says: 'Cassandra does not answer',
    of: 'cassandraFailures',
    stat: 'Sum',
    over: 20,
    periods: 2,
  },
  {
    name: 'redis-forgets',
    says: 'Conversations are put back into Redis again and again',
    of: 'rebuilds',
    stat: 'Sum',
    over: 5_000,
    periods: 3,
  },
  { name: 'posts-throttled', says: 'Posts are answered 429', of: 'slow', stat: 'Sum', over: 500, periods: 2 },
  {
    name: 'sweep-behind',
    says: 'Work left over is older than ten minutes',
    of: 'sweepLagMs',
    stat: 'Maximum',
    over: 600_000,
    periods: 2,
  },
];

const alarmOf = ({ name, says, of, stat, over, periods }: Watched) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: nameOf(name),
    AlarmDescription: says,
    ...source(of),
    ...{ Statistic: stat, Period: 5 * minute },
    EvaluationPeriods: periods,
    Threshold: over,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    // Silence is not bad here: with PARLEY_METRICS=none there is nothing else.
    TreatMissingData: 'notBreaching',
    AlarmActions: actions,
  },
});

/** Names of those that call somebody, as the runbooks have them. */
export const alarmNames = [...promiseNames, ...watched.map(({ name }) => name)];

export const alarms = (): Resources => ({
  ...promiseAlarms(),
  ...Object.fromEntries(watched.map((one) => [pascal(one.name), alarmOf(one)])),
});
