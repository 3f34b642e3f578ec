import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { redisAccess } from '../../scripts/cloud/access.ts';
import {
  everyStage,
  given,
  guards,
  ofType,
  type Stage,
  stages,
  type Template,
  templateFile,
  templateOf,
} from '../support/cloud/stages.ts';

const only = <T>(found: [string, T][]): T => {
  expect(found.length).toBe(1);
  return (found[0] as [string, T])[1];
};

describe.each(everyStage)('%s', (stage) => {
  const template = templateOf(stage);
  const propertiesOf = (id: string) => template.Resources[id]?.Properties;

  test('logs of the APIs hold neither bodies nor what tokens travel in', () => {
    expect(propertiesOf('WebsocketsDeploymentStage').DefaultRouteSettings).toMatchObject({
      DataTraceEnabled: false,
    });
    const formats = ['WebsocketsDeploymentStage', 'HttpApiStage'].map(
      (id) => propertiesOf(id).AccessLogSettings.Format,
    );
    for (const format of formats) {
      expect(() => JSON.parse(format)).not.toThrow();
      expect(format).not.toMatch(/header|querystring|path\b|authorizer|body/i);
    }
  });

  test('both APIs are throttled, together below what the account has', () => {
    const rates = ['WebsocketsDeploymentStage', 'HttpApiStage'].map(
      (id) => propertiesOf(id).DefaultRouteSettings,
    );
    for (const { ThrottlingRateLimit, ThrottlingBurstLimit } of rates) {
      expect(ThrottlingRateLimit).toBeGreaterThan(0);
      expect(ThrottlingBurstLimit).toBeGreaterThan(0);
    }
    // Half is left for posts: they count too.
    expect(rates.reduce((sum, { ThrottlingRateLimit }) => sum + ThrottlingRateLimit, 0)).toBeLessThanOrEqual(
      5_000,
    );
  });

  test('reserved concurrency leaves the account what AWS demands', () => {
    const reserved = ofType(template, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties.ReservedConcurrentExecutions ?? 0,
    );
    expect(reserved.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(900);
  });

  test('what waits for `deliver` is worthless after 15 minutes, and so is what failed', () => {
    const queue = propertiesOf('DeliverQueue');
    expect(queue.MessageRetentionPeriod).toBe(900);
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * propertiesOf('DeliverLambdaFunction').Timeout);
    expect(queue.RedrivePolicy.deadLetterTargetArn).toEqual({
      'Fn::GetAtt': ['DeliverDeadLetterQueue', 'Arn'],
    });
    // A dead letter holds text, whose author may delete it: it is kept for the alarm to see, counted from when it was
    // first queued, and no longer.
    const kept = propertiesOf('DeliverDeadLetterQueue').MessageRetentionPeriod;
    expect(kept).toBeGreaterThan(2 * queue.RedrivePolicy.maxReceiveCount * queue.VisibilityTimeout);
    expect(kept).toBeLessThanOrEqual(900);
  });

  test('what is invoked without an answer has a place for what failed', () => {
    const asynchronous = ofType(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) =>
      Properties.Targets.map(({ Arn }: { Arn: { 'Fn::GetAtt': [string] } }) => Arn['Fn::GetAtt'][0]),
    );
    expect(asynchronous).toEqual(['SweepLambdaFunction']);
    const configured = only(ofType(template, 'AWS::Lambda::EventInvokeConfig'));
    expect(configured.Properties.DestinationConfig.OnFailure.Destination).toEqual({
      'Fn::GetAtt': ['SweepDeadLetterQueue', 'Arn'],
    });
  });

  test('keeps within what AWS takes', () => {
    const { Resources, Outputs } = template;
    // CloudFormation: resources, bytes of a template that lies in S3, and outputs.
    expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
    expect(statSync(templateFile(stage)).size).toBeLessThanOrEqual(1_000_000);
    expect(Object.keys(Outputs).length).toBeLessThanOrEqual(200);
    // Lambda: 4 KB of variables together, of which a reference is given 100 bytes here.
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      const bytes = Object.entries(Properties.Environment.Variables).map(
        ([name, value]) => name.length + (typeof value === 'string' ? Buffer.byteLength(value) : 100),
      );
      expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(4_096);
    }
    // SQS: a ceiling of readers begins at two. Lambda: an event may wait no shorter than a minute.
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::EventSourceMapping')) {
      expect(Properties.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::EventInvokeConfig')) {
      expect(Properties.MaximumEventAgeInSeconds).toBeGreaterThanOrEqual(60);
    }
    // CloudWatch: an alarm reckons with ten metrics, and looks back a day at most, or seven where its periods are hours.
    for (const [, { Properties }] of ofType(template, 'AWS::CloudWatch::Alarm')) {
      const metrics: { MetricStat?: { Period: number } }[] = Properties.Metrics ?? [];
      const periods = metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
      expect(periods.length).toBeLessThanOrEqual(10);
      const period = Math.max(Properties.Period ?? 0, ...periods);
      expect(period * Properties.EvaluationPeriods).toBeLessThanOrEqual(86_400);
    }
  });

  test('logs end', () => {
    const groups = ofType(template, 'AWS::Logs::LogGroup');
    expect(groups.filter(([, { Properties }]) => !Properties.RetentionInDays)).toEqual([]);
    // Of the gateway's own, which it makes where nobody did before.
    const own = { 'Fn::Sub': `/aws/apigateway/\${WebsocketsApi}/${stage}` };
    const [id] = groups.find(([, { Properties }]) => isDeepStrictEqual(Properties.LogGroupName, own)) ?? [];
    expect(id).toBeDefined();
    expect(template.Resources.WebsocketsDeploymentStage?.DependsOn).toContain(id);
  });

  test('nobody but CloudFront reads the page, and it says what a browser may do', () => {
    const bucket = template.Resources.PageBucket?.Properties;
    expect(Object.values(bucket.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    const [allow] = propertiesOf('PageBucketPolicy').PolicyDocument.Statement;
    expect(allow).toMatchObject({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
    });
    expect(allow.Condition.StringEquals['aws:SourceArn']).toBeDefined();
    const headers =
      template.Resources.PageHeaders?.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
    const policy = JSON.stringify(headers.ContentSecurityPolicy.ContentSecurityPolicy);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe-/);
  });
});

describe.each(stages)('%s, where it makes its stores', (stage) => {
  const template = templateOf(stage);

  test('the cache has one user, who may do what the product does and signs in by a drawn password', () => {
    const user = only(ofType(template, 'AWS::ElastiCache::User')).Properties;
    expect(user.AccessString).toBe(redisAccess());
    expect(user.AccessString).toMatch(/^on ~\* resetchannels -@all /);
    const granted = new Set(user.AccessString.split(' ').slice(4));
    const dangerous = [
      '+@all',
      '+acl',
      '+client',
      '+config',
      '+debug',
      '+flushall',
      '+flushdb',
      '+function',
      '+keys',
      '+script',
      '+select',
    ];
    expect(dangerous.filter((command) => granted.has(command))).toEqual([]);
    expect(JSON.stringify(user.AuthenticationMode)).toContain('resolve:secretsmanager');
    const cache = only(ofType(template, 'AWS::ElastiCache::ServerlessCache')).Properties;
    expect(cache).toMatchObject({ Engine: 'valkey', UserGroupId: { Ref: 'CacheUsers' } });
    // What a serverless cache can be limited to, and two or three zones.
    const { DataStorage, ECPUPerSecond } = cache.CacheUsageLimits;
    expect(Number(DataStorage.Maximum)).toBeGreaterThanOrEqual(1);
    expect(Number(ECPUPerSecond.Maximum)).toBeGreaterThanOrEqual(1_000);
    expect(cache.SubnetIds).toHaveLength(2);
    // Names of its parts: small letters, digits and dashes, 40 at most.
    for (const name of [user.UserId, cache.ServerlessCacheName])
      expect(name).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
  });

  test('tables are billed by use and can be restored to any second', () => {
    for (const [, { Properties }] of ofType(template, 'AWS::Cassandra::Table')) {
      expect(Properties).toMatchObject({
        BillingMode: { Mode: 'ON_DEMAND' },
        PointInTimeRecoveryEnabled: true,
      });
    }
  });
});

test('what is halted runs nothing but `deliver`, on a cache of another name', () => {
  const [halted, usual] = (['restored', 'prod'] as const).map((stage) => templateOf(stage));
  const running = ofType(halted as Template, 'AWS::Lambda::Function').filter(
    ([, { Properties }]) => Properties.ReservedConcurrentExecutions !== 0,
  );
  expect(running.map(([id]) => id)).toEqual(['DeliverLambdaFunction']);
  expect(ofType(usual as Template, 'AWS::Lambda::Function').length).toBeGreaterThan(running.length);
  const [{ ServerlessCacheName: other }, { ServerlessCacheName: one }] = [halted, usual].map(
    (template) => template?.Resources.Cache?.Properties,
  );
  expect([other, one]).toEqual(['parley-restored-2', 'parley-prod-1']);
});

describe('logs that are shipped', () => {
  const filtersOf = (stage: Stage) => ofType(templateOf(stage), 'AWS::Logs::SubscriptionFilter');

  test('are those of each function, all lines of them, and go where it is said', () => {
    const { PARLEY_LOGS_DESTINATION, PARLEY_LOGS_ROLE } = given.inside.environment;
    const functions = ofType(templateOf('inside'), 'AWS::Lambda::Function').map(
      ([, { Properties }]) => `/aws/lambda/${Properties.FunctionName}`,
    );
    const shipped = filtersOf('inside').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({
        DestinationArn: PARLEY_LOGS_DESTINATION,
        RoleArn: PARLEY_LOGS_ROLE,
        FilterPattern: '',
      });
      return templateOf('inside').Resources[Properties.LogGroupName.Ref]?.Properties.LogGroupName;
    });
    expect(shipped.sort()).toEqual(functions.sort());
  });

  test.each(everyStage.filter((stage) => stage !== 'inside'))(
    'are nobody’s in %s, which names none',
    (stage) => {
      expect(filtersOf(stage)).toEqual([]);
    },
  );
});

test('stages differ in size', () => {
  const sizes = stages.map((stage) => {
    const { Resources } = templateOf(stage);
    return [
      Resources.WebsocketsDeploymentStage?.Properties.DefaultRouteSettings.ThrottlingRateLimit,
      Resources.SendMessageLambdaFunction?.Properties.ReservedConcurrentExecutions,
      Resources.NatB !== undefined,
    ];
  });
  expect(new Set(sizes.map((size) => JSON.stringify(size))).size).toBe(3);
});

test('every alarm that takes a deployment back exists', () => {
  expect(guards.length).toBeGreaterThan(0);
  // CloudFormation takes no more triggers.
  expect(guards.length).toBeLessThanOrEqual(5);
  for (const stage of everyStage) {
    const alarms = new Set(ofType(templateOf(stage), 'AWS::CloudWatch::Alarm').map(([id]) => id));
    expect(guards.filter((id) => !alarms.has(id))).toEqual([]);
  }
});
