import { type MetricName, metricOf, metrics } from '../../lib/metrics/metrics.ts';
import { errors } from '../../schema/errors.ts';

/**
 * The lines that CloudWatch reads metrics from, added up as Prometheus wants them.
 * Source: Prometheus documentation, "Exposition formats".
 */
const names = Object.keys(metrics) as MetricName[];
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `frames` is `parley_frames_total`, `postMs` is `parley_post_seconds`. */
export const prometheusName = (name: MetricName): string =>
  metricOf(name).kind === 'count'
    ? `parley_${snake(name)}_total`
    : `parley_${snake(name.slice(0, -2))}_seconds`;

/** Seconds: from what a post on one machine takes to what a sweep may be late. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** Values that are known beforehand are shown from the beginning, as 0. */
const known: Record<string, string[]> = { code: Object.keys(errors) };

type Line = { event?: unknown } & Record<string, unknown>;
type Histogram = { counts: number[]; sum: number };

const lineOf = (text: string): Line[] => {
  if (!text.startsWith('{')) return [];
  try {
    const line: Line = JSON.parse(text);
    return line.event === 'invocation.measured' ? [line] : [];
  } catch {
    return [];
  }
};

export const createExposition = () => {
  const counts = new Map<MetricName, Map<string, number>>();
  const histograms = new Map<MetricName, Histogram>();
  for (const name of names) {
    const { kind, by } = metricOf(name);
    if (kind === 'ms') histograms.set(name, { counts: bounds.map(() => 0).concat(0), sum: 0 });
    else counts.set(name, new Map((by === undefined ? [''] : (known[by] ?? [])).map((value) => [value, 0])));
  }

  const addCount = (name: MetricName, line: Line, value: unknown) => {
    const { by } = metricOf(name);
    const label = by === undefined ? '' : String(line[by]);
    const values = counts.get(name);
    values?.set(label, (values.get(label) ?? 0) + Number(value));
  };
  const addDurations = (name: MetricName, values: unknown) => {
    const histogram = histograms.get(name);
    if (!histogram || !Array.isArray(values)) return;
    for (const ms of values) {
      const seconds = Number(ms) / 1_000;
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      const at = bucket === -1 ? bounds.length : bucket;
      histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
      histogram.sum += seconds;
    }
  };

  const ofCount = (name: MetricName): string[] => {
    const { by } = metricOf(name);
    const id = prometheusName(name);
    return [...(counts.get(name) ?? [])].map(([value, count]) =>
      by === undefined ? `${id} ${count}` : `${id}{${by}="${value}"} ${count}`,
    );
  };
  const ofHistogram = (name: MetricName): string[] => {
    const id = prometheusName(name);
    const { counts: buckets, sum } = histograms.get(name) ?? { counts: [], sum: 0 };
    let below = 0;
    const lines = buckets.map((count, i) => {
      below += count;
      return `${id}_bucket{le="${bounds[i] ?? '+Inf'}"} ${below}`;
    });
    return [...lines, `${id}_sum ${sum}`, `${id}_count ${below}`];
  };

  return {
    /** Lines of a log; those that measure nothing are passed by. */
    add: (text: string): void => {
      for (const line of text.split('\n').flatMap(lineOf)) {
        for (const name of names.filter((one) => one in line)) {
          if (metricOf(name).kind === 'count') addCount(name, line, line[name]);
          else addDurations(name, line[name]);
        }
      }
    },
    text: (): string =>
      names
        .flatMap((name) => {
          const { kind, help } = metricOf(name);
          const id = prometheusName(name);
          const type = kind === 'count' ? 'counter' : 'histogram';
          const samples = kind === 'count' ? ofCount(name) : ofHistogram(name);
          return [`# HELP ${id} ${help}`, `# TYPE ${id} ${type}`, ...samples];
        })
        .join('\n')
        .concat('\n'),
  };
};
