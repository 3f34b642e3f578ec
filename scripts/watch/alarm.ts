import { namespace } from '../../lib/metrics/emf.ts';
import type { MetricName } from '../../lib/metrics/metrics.ts';

/** What all alarms of CloudWatch are made of. */
export type Resources = Record<string, { Type: string; Properties: object; DependsOn?: string[] }>;

export const [minute, hour] = [60, 3_600];

/** Filled in by the Framework at deploy. */
export const stage = `\${sls:stage}`;
export const actions = `\${self:custom.parts.alarmActions}`;

export const nameOf = (name: string): string => `parley-${stage}-${name}`;
export const pascal = (name: string): string =>
  name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

const dimensions = [{ Name: 'stage', Value: stage }];
export const source = (name: MetricName) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensions,
});

/** One that others are computed from. */
export const metric = (id: string, name: MetricName, period: number, stat: string) => ({
  Id: id,
  MetricStat: { Metric: source(name), Period: period, Stat: stat },
  ReturnData: false,
});
