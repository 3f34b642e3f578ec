import { type MetricName, metricOf } from './metrics.ts';
import type { Tally } from './tally.ts';

/**
 * CloudWatch's embedded metric format: a log line that it reads metrics from, so that measuring costs no request.
 * Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
 */
export const namespace = 'Parley';

const units = { count: 'Count', ms: 'Milliseconds' } as const;
const definition = (name: MetricName) => ({ Name: name, Unit: units[metricOf(name).kind] });

/** What is told apart may have several values in one invocation: a line can hold one of each. */
const labelSets = ({ labelled }: Tally): Record<string, [name: MetricName, value: number]>[] => {
  const sets: Record<string, [MetricName, number]>[] = [];
  for (const [name, values] of labelled) {
    for (const [i, [label, value]] of [...values].entries()) sets[i] = { ...sets[i], [label]: [name, value] };
  }
  return sets;
};

const directive = (dimensions: string[], names: MetricName[]) => ({
  Namespace: namespace,
  Dimensions: [dimensions],
  Metrics: names.map(definition),
});

/** The fields of the line, or lines, that tell of an invocation; none where nothing was counted. */
export const emf = (tally: Tally, stage: string, now: number): Record<string, unknown>[] => {
  const values = new Map<MetricName, number | number[]>(tally.counts);
  for (const [name, { values: measured }] of tally.durations) values.set(name, measured);
  const plain = values.size > 0 ? [directive(['stage'], [...values.keys()])] : [];
  const [first = {}, ...more] = labelSets(tally);
  const line = (directives: object[], labels: typeof first, fields: Iterable<[string, unknown]> = []) => {
    const labelled = Object.entries(labels);
    const told = labelled.map(([, [name]]) => directive(['stage', by(name)], [name]));
    return {
      _aws: { Timestamp: now, CloudWatchMetrics: [...directives, ...told] },
      stage,
      ...Object.fromEntries(fields),
      ...Object.fromEntries(
        labelled.flatMap(([label, [name, value]]) => [
          [by(name), label],
          [name, value],
        ]),
      ),
    };
  };
  const lines = [line(plain, first, values), ...more.map((labels) => line([], labels))];
  return lines.filter(({ _aws }) => _aws.CloudWatchMetrics.length > 0);
};

const by = (name: MetricName): string => metricOf(name).by ?? 'of';
