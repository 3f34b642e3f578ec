import { describe, expect, test } from '@jest/globals';
import { namespace } from '../../lib/metrics/emf.ts';
import { type MetricName, metricOf, metrics } from '../../lib/metrics/metrics.ts';
import { everyStage, guards, ofType, type Template, templateOf } from '../support/cloud/stages.ts';

/** What AWS counts by itself, of the services whose names alarms may use, with the dimensions that it counts by. */
const ofAws: Record<string, Record<string, string[]>> = {
  'AWS/ApiGateway': {
    IntegrationError: ['ApiId', 'Stage'],
    ExecutionError: ['ApiId', 'Stage'],
    ClientError: ['ApiId', 'Stage'],
    ConnectCount: ['ApiId', 'Stage'],
    MessageCount: ['ApiId', 'Stage'],
    '5xx': ['ApiId', 'Stage'],
    '4xx': ['ApiId', 'Stage'],
  },
  'AWS/Lambda': {
    Errors: ['FunctionName'],
    Throttles: ['FunctionName'],
    Duration: ['FunctionName'],
    Invocations: ['FunctionName'],
  },
  'AWS/SQS': {
    ApproximateNumberOfMessagesVisible: ['QueueName'],
    ApproximateAgeOfOldestMessage: ['QueueName'],
    NumberOfMessagesSent: ['QueueName'],
  },
  'AWS/ElastiCache': {
    ThrottledCmds: ['clusterId'],
    Evictions: ['clusterId'],
    BytesUsedForCache: ['clusterId'],
  },
  'AWS/Cassandra': { UserErrors: ['Operation'], SystemErrors: ['Keyspace', 'TableName', 'Operation'] },
};

/**
 * Of these, what rises by faults of ours alone. Answers with 4xx are in the others: `IntegrationError` counts a
 * handshake that our own function refused, and `Throttles` and durations rise with what clients do.
 */
const ofOurs = new Set(['ExecutionError', '5xx', 'Errors', 'faults']);

type Measured = { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: unknown }[] };

/** Every metric that an alarm names, by itself or in its arithmetic. */
const measuredBy = (template: Template): [string, Measured][] =>
  ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([id, { Properties }]) => {
    const inner = (Properties.Metrics ?? []).flatMap(
      ({ MetricStat }: { MetricStat?: { Metric: Measured } }) => MetricStat?.Metric ?? [],
    );
    return [...(Properties.MetricName ? [Properties] : []), ...inner].map((one): [string, Measured] => [
      id,
      one,
    ]);
  });

describe.each(everyStage)('alarms of %s', (stage) => {
  const template = templateOf(stage);
  const measured = measuredBy(template);

  test('each names a metric that the code emits, or that AWS counts', () => {
    expect(measured.length).toBeGreaterThan(0);
    const unknown = measured.filter(([, { Namespace, MetricName }]) =>
      Namespace === namespace ? !Object.hasOwn(metrics, MetricName) : !ofAws[Namespace]?.[MetricName],
    );
    expect(unknown).toEqual([]);
  });

  test('each looks where that metric is', () => {
    for (const [id, { Namespace, MetricName, Dimensions = [] }] of measured) {
      const names = Dimensions.map(({ Name }) => Name);
      const by = Namespace === namespace ? metricOf(MetricName as MetricName).by : undefined;
      const expected =
        Namespace === namespace
          ? ['stage', ...(by !== undefined && names.includes(by) ? [by] : [])]
          : ofAws[Namespace]?.[MetricName];
      expect([id, names]).toEqual([id, expected]);
    }
  });

  test('a crash of any function behind the WebSocket API is counted by one', () => {
    const behind = ofType(template, 'AWS::Lambda::Permission')
      .filter(([id]) => id.endsWith('Websockets'))
      .map(([, { Properties }]) => Properties.FunctionName['Fn::GetAtt'][0]);
    expect(behind.length).toBeGreaterThan(10);
    const watched = measured
      .filter(([, { MetricName }]) => MetricName === 'Errors')
      .flatMap(([, { Dimensions = [] }]) => Dimensions.map(({ Value }) => (Value as { Ref: string }).Ref));
    expect(behind.filter((id) => !watched.includes(id))).toEqual([]);
  });

  test('what takes a deployment back is nothing that a client can set off', () => {
    const wholes = ['frames', 'requests', 'handshakes'];
    const watched = measured.filter(([id]) => guards.includes(id));
    expect(new Set(watched.map(([id]) => id)).size).toBe(guards.length);
    const names = watched.map(([, { MetricName }]) => MetricName).filter((name) => !wholes.includes(name));
    expect(names.filter((name) => !ofOurs.has(name))).toEqual([]);
  });

  test('silence of our own metrics, which may be turned off, sets nothing off', () => {
    const ours = new Set(measured.filter(([, one]) => one.Namespace === namespace).map(([id]) => id));
    const bySilence = ofType(template, 'AWS::CloudWatch::Alarm').filter(
      ([, { Properties }]) => Properties.TreatMissingData === 'breaching',
    );
    expect(bySilence.map(([id]) => id)).toEqual(['SweepStopped']);
    expect(bySilence.filter(([id]) => ours.has(id))).toEqual([]);
  });

  test('each has a name of its own, says what it means, and takes silence for good or for bad knowingly', () => {
    const alarms = ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
    for (const { AlarmName, AlarmDescription, TreatMissingData } of alarms) {
      expect(AlarmName).toMatch(new RegExp(`^parley-${stage}-`));
      expect(AlarmDescription.length).toBeGreaterThan(10);
      expect(TreatMissingData).toBeDefined();
    }
  });
});

test('whoever is given is told, by each alarm that is not a part of another', () => {
  const template = templateOf('theirs');
  const composed = JSON.stringify(
    ofType(template, 'AWS::CloudWatch::CompositeAlarm').map(([, { Properties }]) => Properties.AlarmRule),
  );
  const alarms = [
    ...ofType(template, 'AWS::CloudWatch::Alarm'),
    ...ofType(template, 'AWS::CloudWatch::CompositeAlarm'),
  ];
  const alone = alarms.filter(([, { Properties }]) => !composed.includes(Properties.AlarmName));
  expect(alone.length).toBeGreaterThan(3);
  for (const [id, { Properties }] of alone) {
    expect([id, Properties.AlarmActions]).toEqual([id, ['arn:aws:sns:eu-central-1:123456789012:alarms']]);
  }
});
