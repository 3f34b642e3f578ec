import type { Count, MetricName } from '../../lib/metrics/metrics.ts';
import { actions, hour, metric, minute, nameOf, pascal, type Resources } from './alarm.ts';
import type { Whole } from './panels.ts';

/** What is promised, over 30 days. */
type Promised = {
  name: string;
  of: string;
  bad: Count;
  whole: Whole;
  /** The part that may be bad. */
  budget: number;
};

const promises: Promised[] = [
  {
    name: 'faults',
    of: 'what is asked is answered without a fault of ours',
    bad: 'faults',
    whole: ['frames', 'requests', 'handshakes'],
    budget: 0.001,
  },
  {
    name: 'late',
    of: 'the last post of a message is over in time',
    bad: 'late',
    whole: 'lastPostMs',
    budget: 0.01,
  },
  { name: 'missed', of: 'posts arrive', bad: 'missed', whole: ['deliveries', 'missed'], budget: 0.001 },
];

/**
 * How fast the budget of 30 days burns, seen in a long window and, so that an alarm ends when the trouble does, in a
 * short one. Fast: 2 % of it within an hour. Slow: 5 % within six hours.
 * Source: The Site Reliability Workbook, "Alerting on SLOs".
 */
const burns = [
  { pace: 'fast', times: 14.4, windows: [hour, 5 * minute] },
  { pace: 'slow', times: 6, windows: [6 * hour, 30 * minute] },
] as const;

/** Fewer than these say nothing. */
const enough = 100;

const wholeIn = (whole: Whole, period: number) => {
  const parts: [MetricName, string][] =
    typeof whole === 'string' ? [[whole, 'SampleCount']] : whole.map((name) => [name, 'Sum']);
  return {
    metrics: parts.map(([name, stat], i) => metric(`w${i}`, name, period, stat)),
    sum: parts.map((_, i) => `FILL(w${i},0)`).join('+'),
  };
};

const burnAlarms = ({ name, of, bad, whole, budget }: Promised): Resources => {
  const resources: Resources = {};
  for (const { pace, times, windows } of burns) {
    const parts = windows.map((seconds) => `${name}-${pace}-${seconds / minute}m`);
    for (const [i, period] of windows.entries()) {
      const { metrics, sum } = wholeIn(whole, period);
      resources[pascal(`${parts[i]}-burn`)] = {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: nameOf(parts[i] ?? ''),
          AlarmDescription: `A part of ${name}-${pace}`,
          Metrics: [
            metric('bad', bad, period, 'Sum'),
            ...metrics,
            { Id: 'whole', Expression: sum, ReturnData: false },
            {
              Id: 'burn',
              Label: `times the pace that would use up the budget in 30 days`,
              Expression: `IF(whole>=${enough},FILL(bad,0)/whole/${budget},0)`,
              ReturnData: true,
            },
          ],
          EvaluationPeriods: 1,
          Threshold: times,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          TreatMissingData: 'notBreaching',
        },
      };
    }
    resources[pascal(`${name}-${pace}`)] = {
      Type: 'AWS::CloudWatch::CompositeAlarm',
      DependsOn: parts.map((part) => pascal(`${part}-burn`)),
      Properties: {
        AlarmName: nameOf(`${name}-${pace}`),
        AlarmDescription: `It is promised that ${of}; at this pace the budget of 30 days is used up ${times} times as fast`,
        AlarmRule: parts.map((part) => `ALARM("${nameOf(part)}")`).join(' AND '),
        AlarmActions: actions,
      },
    };
  }
  return resources;
};

/** Names of those that call somebody. */
export const promiseNames = promises.flatMap(({ name }) => burns.map(({ pace }) => `${name}-${pace}`));

export const promiseAlarms = (): Resources => Object.assign({}, ...promises.map(burnAlarms));
