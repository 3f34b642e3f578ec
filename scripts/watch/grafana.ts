import type { Duration } from '../../lib/metrics/metrics.ts';
import { prometheusName } from './exposition.ts';
import { type Panel, panels, type Series, type Whole } from './panels.ts';

/** The same dashboard for Grafana over Prometheus: observe/grafana/dashboards/parley.gen.json. */
const [width, height, across] = [8, 7, 3];
const source = { type: 'prometheus', uid: 'parley' };

const rate = (name: string) => `rate(${name}[$__rate_interval])`;
const total = (whole: Whole) =>
  typeof whole === 'string'
    ? `sum(${rate(`${prometheusName(whole)}_count`)})`
    : whole.map((name) => `sum(${rate(prometheusName(name))})`).join(' + ');

const quantile = (of: Duration, percentile: number) =>
  `histogram_quantile(${percentile / 100}, sum by (le) (${rate(`${prometheusName(of)}_bucket`)}))`;

const queriesOf = (series: Series): { expr: string; legend: string }[] => {
  if ('percentiles' in series) {
    return series.percentiles.map((percentile) => ({
      expr: quantile(series.of, percentile),
      legend: `p${percentile}`,
    }));
  }
  const { of } = series;
  const name = prometheusName(of);
  if ('in' in series) return [{ expr: `sum(${rate(name)}) / (${total(series.in)})`, legend: of }];
  if (series.by === undefined) return [{ expr: `sum(${rate(name)})`, legend: of }];
  return [{ expr: `sum by (${series.by}) (${rate(name)})`, legend: `{{${series.by}}}` }];
};

const unitOf = (series: Series) => ('percentiles' in series ? 's' : 'in' in series ? 'percentunit' : 'cps');

const panelOf = ({ title, says, series }: Panel, i: number) => ({
  id: i + 1,
  type: 'timeseries',
  title,
  description: says,
  datasource: source,
  gridPos: { x: (i % across) * width, y: Math.floor(i / across) * height, w: width, h: height },
  fieldConfig: { defaults: { unit: unitOf(series[0]), min: 0 }, overrides: [] },
  targets: series.flatMap(queriesOf).map(({ expr, legend }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: source,
    expr,
    legendFormat: legend,
  })),
});

export const grafanaDashboard = () => ({
  uid: 'parley',
  title: 'Parley',
  tags: ['parley'],
  schemaVersion: 39,
  editable: false,
  refresh: '10s',
  time: { from: 'now-15m', to: 'now' },
  timezone: 'browser',
  panels: panels.map(panelOf),
});
