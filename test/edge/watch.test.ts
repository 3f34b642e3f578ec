import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { emf } from '../../lib/metrics/emf.ts';
import { count, measure } from '../../lib/metrics/measure.ts';
import { type Count, type Duration, type MetricName, metricOf, metrics } from '../../lib/metrics/metrics.ts';
import { inRequest, openRequest } from '../../lib/request.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { run } from '../../scripts/parts/processes.ts';
import { findPrometheus } from '../../scripts/parts/prometheus.ts';
import { alarmNames } from '../../scripts/watch/alarms.ts';
import { startExporter } from '../../scripts/watch/exporter.ts';
import { createExposition, prometheusName } from '../../scripts/watch/exposition.ts';
import { filesIn, textOf } from '../drift/sources.ts';

const names = Object.keys(metrics) as MetricName[];
const template: { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> } = parse(
  textOf('cloud/watch.gen.yml'),
);
const dashboard: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(
  textOf('observe/grafana/dashboards/parley.gen.json'),
);
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

/** A line as a function writes it, in which everything was counted once and took 7 ms. */
const aLine = (more: Partial<Record<Count, number>> = {}): string => {
  const request = openRequest({ request: 'r' }, undefined);
  inRequest(request, () => {
    for (const name of names) {
      if (metricOf(name).kind === 'ms') measure(name as Duration, 7);
      else count(name as Count, more[name as Count] ?? 1, metricOf(name).by && 'rate-limited');
    }
  });
  const lines = emf(request.tally, 'local', 0).map((fields) => ({ event: 'invocation.measured', ...fields }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
};

describe('what is defined, emitted and watched is the same', () => {
  test('every metric is counted or measured somewhere, and nothing else is', () => {
    const used = ['lib', 'handlers'].flatMap((folder) =>
      filesIn(folder, '.ts').flatMap((file) =>
        [...textOf(file).matchAll(/\b(?:count|measure|timed)\('(\w+)'/g)].map(([, name]) => name),
      ),
    );
    expect([...new Set(used)].sort()).toEqual([...names].sort());
  });

  test('CloudWatch alarms and its dashboard name metrics that are emitted, in the namespace they are emitted to', () => {
    const text = JSON.stringify(template);
    const inAlarms = [...text.matchAll(/"MetricName":"(\w+)"/g)].map(([, name]) => name);
    const body: { widgets: { properties: { metrics: unknown[][] } }[] } = JSON.parse(
      String(template.Resources.Dashboard?.Properties.DashboardBody),
    );
    const rows = body.widgets.flatMap(({ properties }) => properties.metrics);
    const plain = rows.filter(([first]) => typeof first === 'string');
    expect(new Set(plain.map(([namespace]) => namespace))).toEqual(new Set(['Parley']));
    const searched = [...JSON.stringify(rows).matchAll(/MetricName=\\*"(\w+)/g)].map(([, name]) => name);
    const shown = [...plain.map(([, name]) => String(name)), ...searched];
    expect(inAlarms.length).toBeGreaterThan(20);
    for (const name of [...inAlarms, ...shown]) expect(names).toContain(name);
    expect([...new Set(shown)].sort()).toEqual([...names].sort());
  });

  test('every alarm that calls somebody has a runbook, and no other', () => {
    const others = ['cloud/alarms.yml', 'cloud/sockets.gen.yml'].map((file) => parse(textOf(file)));
    const resources = [template, ...others].flatMap(({ Resources }) =>
      Object.values<{ Properties: Record<string, unknown> }>(Resources),
    );
    const calling = resources.filter(({ Properties }) => 'AlarmActions' in Properties);
    const called = calling.map(({ Properties }) => String(Properties.AlarmName).replace(/^.*\}-/, ''));
    expect(called).toEqual(expect.arrayContaining(alarmNames));
    const [, runbooks = ''] = textOf('docs/OPERATIONS.md').split('\n## Runbooks\n');
    const headings = runbooks.split(/^## /m)[0]?.match(/^### .*$/gm) ?? [];
    const written = headings.flatMap((heading) =>
      [...heading.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    );
    expect(written.sort()).toEqual(called.sort());
  });
});

describe('/metrics', () => {
  test('adds up what the functions wrote, and passes by what else stands in their log', () => {
    const exposition = createExposition();
    exposition.add(
      `START\n{"broken\n{"event":"frame.refused","frames":9}\n${aLine()}${aLine({ frames: 3 })}`,
    );
    const text = exposition.text();
    expect(text).toContain('\nparley_frames_total 4\n');
    expect(text).toContain('\nparley_refusals_total{code="rate-limited"} 2\n');
    expect(text).toContain('\nparley_refusals_total{code="internal"} 0\n');
    expect(text).toContain('\nparley_post_seconds_bucket{le="0.005"} 0\n');
    expect(text).toContain('\nparley_post_seconds_bucket{le="0.01"} 2\n');
    expect(text).toContain('\nparley_post_seconds_count 2\n');
  });

  test('has every name that the Grafana dashboard asks for', () => {
    const text = createExposition().text();
    const asked = queries.flatMap(([, expr]) => expr.match(/\bparley_\w+/g) ?? []);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !text.includes(`\n${name}`))).toEqual([]);
    const shown = names.filter((name) => asked.some((one) => one.startsWith(prometheusName(name))));
    expect(shown).toEqual(names);
  });
});

const found = findPrometheus();
if (!found) console.log('skipped: no Prometheus on this machine, and no Debian package to be had');

(found ? describe : describe.skip)('a real Prometheus', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-prometheus-'));
  const log = join(directory, 'gateway.log');
  writeFileSync(log, aLine());
  let base: string;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const exporter = await startExporter(log, 0);
    stops.push(exporter.stop);
    const config = join(directory, 'prometheus.yml');
    const given = textOf('observe/prometheus.yml');
    expect(given).toContain('localhost:9464');
    writeFileSync(config, given.replaceAll('9464', String(exporter.port)).replace('5s', '200ms'));
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const running = await run({
      name: 'prometheus',
      directory,
      command: found?.prometheus ?? '',
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    });
    stops.push(() => running.stop());
  }, 60_000);
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  type Result = { status: string; data?: { result: { value: [number, string] }[] } };
  /** Prometheus tells nobody when it has scraped: it is asked until it knows. */
  const ask = async (query: string, fits: (values: number[]) => boolean): Promise<void> => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      if (Date.now() > deadline) throw new Error(`Prometheus did not answer as expected: ${query}`);
      const url = `${base}/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = await fetch(url).then(
        async (response) => (await response.json()) as Result,
        () => undefined,
      );
      if (answer?.status === 'error') throw new Error(`${query}: ${JSON.stringify(answer)}`);
      if (answer?.data && fits(answer.data.result.map(({ value }) => Number(value[1])))) return;
      await pause(100);
    }
  };

  test('scrapes what was written, and what comes later', async () => {
    await ask('parley_frames_total', ([value]) => value === 1);
    appendFileSync(log, aLine({ frames: 41 }));
    await ask('parley_frames_total', ([value]) => value === 42);
    await ask('parley_refusals_total{code="rate-limited"}', ([value]) => value === 2);
  }, 30_000);

  test.each(queries)(
    'answers the panel: %s',
    async (_title, expr) => {
      await ask(expr.replaceAll('$__rate_interval', '1m'), (values) => values.length > 0);
    },
    30_000,
  );

  test('and its promtool find nothing wrong with the names', async () => {
    const exposition = createExposition();
    exposition.add(aLine());
    const input = exposition.text();
    expect(execFileSync(found?.promtool ?? '', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
    const config = join(directory, 'prometheus.yml');
    expect(execFileSync(found?.promtool ?? '', ['check', 'config', config], { encoding: 'utf8' })).toContain(
      'SUCCESS',
    );
  });
});

test('compose.yaml mounts what is there', async () => {
  const { services } = parse(textOf('compose.yaml'));
  const mounted = ['prometheus', 'grafana'].flatMap((name) => services[name].volumes as string[]);
  for (const volume of mounted)
    expect(filesIn('observe', '').join()).toContain(volume.split(':')[0]?.slice(2));
  expect(services.prometheus.profiles).toEqual(['observe']);
});
