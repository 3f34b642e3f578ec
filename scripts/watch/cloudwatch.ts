import { namespace } from '../../lib/metrics/emf.ts';
import { stage } from './alarm.ts';
import { alarms } from './alarms.ts';
import { type Panel, panels, type Series, type Whole } from './panels.ts';

/** The dashboard and the alarms as CloudFormation: cloud/watch.gen.yml. */
const [width, height, across] = [8, 6, 3];

type Row = (string | object)[];
const row = (name: string, options: object): Row => [namespace, name, 'stage', stage, options];

const wholeOf = (whole: Whole): [name: string, stat: string][] =>
  typeof whole === 'string' ? [[whole, 'SampleCount']] : whole.map((name) => [name, 'Sum']);

/** `i` keeps the ids of one widget apart. */
const rowsOf = (series: Series, i: number): Row[] => {
  if ('percentiles' in series) {
    return series.percentiles.map((percentile) =>
      row(series.of, {
        stat: percentile === 100 ? 'Maximum' : `p${percentile}`,
        label: `${series.of} p${percentile}`,
      }),
    );
  }
  if ('in' in series) {
    const parts = wholeOf(series.in).map(([name, stat], part) =>
      row(name, { id: `w${i}${part}`, stat, visible: false }),
    );
    const whole = parts.map((_, part) => `FILL(w${i}${part},0)`).join('+');
    return [
      ...parts,
      row(series.of, { id: `b${i}`, stat: 'Sum', visible: false }),
      [{ expression: `FILL(b${i},0)/(${whole})`, label: series.of, id: `r${i}` }],
    ];
  }
  if (series.by === undefined) return [row(series.of, { stat: 'Sum', label: series.of })];
  const found = `{${namespace},stage,${series.by}} MetricName="${series.of}" stage="${stage}"`;
  return [[{ expression: `SEARCH('${found}', 'Sum')`, id: `s${i}`, label: '' }]];
};

const widgetOf = ({ title, says, series }: Panel, i: number) => ({
  type: 'metric',
  ...{ x: (i % across) * width, y: Math.floor(i / across) * height, width, height },
  properties: {
    title: `${title}: ${says}`,
    ...{ view: 'timeSeries', stacked: false, region: `\${aws:region}`, period: 60 },
    metrics: series.flatMap(rowsOf),
    yAxis: { left: { min: 0 } },
  },
});

export const watchTemplate = () => ({
  Resources: {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: `parley-${stage}`,
        DashboardBody: JSON.stringify({ widgets: panels.map(widgetOf) }),
      },
    },
    ...alarms(),
  },
});
