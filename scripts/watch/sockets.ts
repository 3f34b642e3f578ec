import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { actions, minute, nameOf, pascal, type Resources, stage } from './alarm.ts';

/**
 * Alarms on the functions behind the WebSocket API that crash or run out of time: cloud/sockets.gen.yml. They are two,
 * for of the arithmetic of one CloudWatch takes ten metrics: on those that keep a connection, and on all others.
 */
type Lambda = { events?: { websocket?: object }[] };

const file = new URL('../../serverless.yml', import.meta.url);
const functions: Record<string, Lambda> = parse(readFileSync(file, 'utf8')).functions;
const behind = Object.entries(functions)
  .filter(([name, { events = [] }]) => name === 'authorize' || events.some(({ websocket }) => websocket))
  .map(([name]) => name);

const keeping = ['authorize', 'connect', 'disconnect', 'default', 'help', 'ping', 'refreshToken'];

const counted = (Id: string, Metric: object) => ({
  Id,
  ReturnData: false,
  MetricStat: { Metric, Period: minute, Stat: 'Sum' },
});

const errorsOf = (name: string) =>
  counted(name, {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: `${pascal(name)}LambdaFunction` } }],
  });

/**
 * What API Gateway counts of answers with 4xx and 5xx (IntegrationError, ClientError) would not do: a handshake that we
 * refuse is one, so that a client of which we want nothing could take a deployment back.
 */
const unreached = counted('unreached', {
  Namespace: 'AWS/ApiGateway',
  MetricName: 'ExecutionError',
  Dimensions: [
    { Name: 'ApiId', Value: { Ref: 'WebsocketsApi' } },
    { Name: 'Stage', Value: stage },
  ],
});

const alarmOf = (name: string, says: string, metrics: { Id: string }[]) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: nameOf(name),
    AlarmDescription: says,
    Metrics: [
      { Id: 'failures', Label: says, Expression: metrics.map(({ Id }) => `FILL(${Id},0)`).join('+') },
      ...metrics,
    ],
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: actions,
  },
});

const keeps = (name: string) => keeping.includes(name);

export const socketTemplate = (): { Resources: Resources } => ({
  Resources: {
    SocketFailures: alarmOf(
      'socket-failures',
      'A function behind the WebSocket API was not reached, or one that keeps its connections crashed',
      [unreached, ...behind.filter(keeps).map(errorsOf)],
    ),
    FrameFailures: alarmOf(
      'frame-failures',
      'A function that answers frames crashed, or ran out of time',
      behind.filter((name) => !keeps(name)).map(errorsOf),
    ),
  },
});
