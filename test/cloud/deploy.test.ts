import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Checkout, checkoutIn, region } from '../support/cloud/checkout.ts';
import { type LocalAws, startLocalAws } from '../support/cloud/local-aws.ts';
import { describeWithPython } from '../support/cloud/python.ts';
import { guards, ofType, templateOf } from '../support/cloud/stages.ts';

jest.setTimeout(180_000);

type Lambda = {
  FunctionName: string;
  CodeSha256: string;
  Environment: { Variables: Record<string, string> };
};

/** The real Framework against a local AWS: deployed, changed, looked at, removed. */
describeWithPython('a deployment', () => {
  const home = process.env.TEST_DIRECTORY ?? '';
  let aws: LocalAws;
  let checkout: Checkout;
  const serverless = (args: string[], stage = 'staging') =>
    checkout.serverless([...args, '--stage', stage], aws.environment);
  const functions = async (): Promise<Map<string, Lambda>> => {
    const response = await aws.ask('lambda', '/2015-03-31/functions/?MaxItems=100');
    const { Functions } = (await response.json()) as { Functions: Lambda[] };
    return new Map(Functions.map((one) => [one.FunctionName.replace(/^parley-[a-z]+-/, ''), one]));
  };
  const changedSince = async (before: Map<string, Lambda>): Promise<string[]> =>
    [...(await functions())]
      .filter(([name, { CodeSha256 }]) => before.get(name)?.CodeSha256 !== CodeSha256)
      .map(([name]) => name);
  const buckets = async (): Promise<string[]> => {
    const text = await (await aws.ask('s3', '/')).text();
    return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name = '']) => name);
  };
  const pageObject = async (key: string) => {
    const bucket = (await buckets()).find((name) => name.includes('pagebucket'));
    return aws.ask('s3', `/${bucket}/${key}`);
  };
  /** As CloudFormation describes it, in its XML. */
  const stack = async (stage = 'staging'): Promise<string> => {
    const query = `Action=DescribeStacks&StackName=parley-${stage}&Version=2010-05-15`;
    return (await aws.ask('cloudformation', `/?${query}`)).text();
  };
  const secrets = async (): Promise<string[]> => {
    const response = await aws.ask('secretsmanager', '/', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.ListSecrets' },
      body: '{}',
    });
    const { SecretList } = (await response.json()) as { SecretList: { Description: string }[] };
    return SecretList.map(({ Description }) => Description);
  };
  const deletedOf = (log: string) => [...log.matchAll(/^deleted (\w+)$/gm)].map(([, id = '']) => id);
  const keptIn = (): string[] =>
    Object.entries(templateOf('staging').Resources)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'))
      .map(([id]) => id);
  let said: string;
  let first: Map<string, Lambda>;

  beforeAll(async () => {
    aws = await startLocalAws(join(home, 'aws'));
    checkout = checkoutIn(join(home, 'deployment'), join(home, 'dist'));
    const page = join(checkout.directory, '.parley/page');
    mkdirSync(join(page, 'assets'), { recursive: true });
    writeFileSync(join(page, 'index.html'), '<!doctype html><html><head><title>Parley</title></head></html>');
    writeFileSync(join(page, 'assets/main-0a1b2c.js'), 'export {};');
    said = await serverless(['deploy']);
    first = await functions();
  });
  afterAll(() => aws.stop());

  test('makes every function, with every setting filled in', () => {
    const expected = ofType(templateOf('staging'), 'AWS::Lambda::Function');
    expect(first.size).toBe(expected.length);
    for (const { Environment } of first.values()) {
      const settings = Environment.Variables;
      expect(
        Object.values(settings).filter((value) => typeof value !== 'string' || value.includes('{')),
      ).toEqual([]);
      expect(settings.PARLEY_GATEWAY_ENDPOINT).toMatch(
        /^https:\/\/[\w-]+\.execute-api\.[\w-]+\.amazonaws\.com\/staging$/,
      );
      expect(settings.PARLEY_REDIS_URL).toMatch(/^rediss:\/\/parley@[\w.-]+:6379$/);
      expect(settings.PARLEY_QUEUE_URL).toContain('DeliverQueue');
    }
  });

  test('says that its alarms tell nobody, where no topic is named', () => {
    expect(said).toContain('the alarms tell nobody');
  });

  test('writes the page: its files, what is kept for good, and where the APIs are', async () => {
    const script = await pageObject('assets/main-0a1b2c.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    const configuration = await pageObject('config.json');
    expect(configuration.headers.get('cache-control')).toBe('no-cache');
    const told = (await configuration.json()) as { httpUrl: string; wsUrl: string };
    expect(told).toMatchObject({
      httpUrl: expect.stringMatching(/^https:/),
      wsUrl: expect.stringMatching(/^wss:.*\/staging$/),
    });
    const html = await (await pageObject('index.html')).text();
    expect(html).toContain(
      `connect-src 'self' ${new URL(told.httpUrl).origin} ${new URL(told.wsUrl).origin}`,
    );
  });

  test('that is repeated after a change changes that function alone, and is watched by the alarms', async () => {
    appendFileSync(join(checkout.directory, 'dist/help.cjs'), '\n// changed\n');
    expect(await stack()).not.toContain('arn:aws:cloudwatch');
    expect(await serverless(['deploy'])).toContain(`${guards.length} alarms watch this deployment`);
    const guarded = await stack();
    expect(guarded).toContain('<MonitoringTimeInMinutes>5</MonitoringTimeInMinutes>');
    const { Resources } = templateOf('staging');
    expect([...guarded.matchAll(/<Arn>(arn:aws:cloudwatch:[^<]+)</g)].map(([, arn]) => arn).sort()).toEqual(
      guards
        .map((id) => Resources[id]?.Properties.AlarmName)
        .map((name) => `arn:aws:cloudwatch:${region}:123456789012:alarm:${name}`)
        .sort(),
    );
    expect(await changedSince(first)).toEqual(['help']);
  });

  test('that nothing shall take back is told so: CloudFormation would keep to the alarms of the one before', async () => {
    await serverless(['deploy', '--param', 'watchMinutes=0']);
    expect(await stack()).not.toContain('arn:aws:cloudwatch');
  });

  test('says where it is', async () => {
    const info = await serverless(['info', '--verbose']);
    expect(info).toMatch(/wss:\/\/.*\/staging/);
    expect(info).toMatch(/POST - https:\/\/.*\/v1\/register/);
    expect(info).toMatch(/PageUrl: https:/);
  });

  test('is removed but for its data', async () => {
    await serverless(['remove']);
    expect((await functions()).size).toBe(0);
    expect(await buckets()).toEqual([]);
    const kept = keptIn();
    expect(kept).toEqual(expect.arrayContaining(['Keyspace', 'Keys', 'MessagesByConversationTable']));
    const deleted = deletedOf(aws.log());
    expect(deleted).toEqual(expect.arrayContaining(['Cache', 'HttpApi', 'WebsocketsApi']));
    expect(deleted.filter((id) => kept.includes(id))).toEqual([]);
    expect(await secrets()).toEqual([expect.stringContaining('Keys of parley staging')]);
  });

  describe('of prod', () => {
    const withData = ['--param', 'data=Delete'];
    let before: number;

    test('is protected: nothing of it is removed, its page neither', async () => {
      before = aws.log().length;
      await serverless(['deploy', ...withData], 'prod');
      first = await functions();
      expect(await secrets()).toContainEqual(expect.stringContaining('Keys of parley prod'));
      await expect(serverless(['remove'], 'prod')).rejects.toThrow('deletion protection is enabled');
      expect(await stack('prod')).toContain('<StackStatus>UPDATE_COMPLETE</StackStatus>');
      expect((await pageObject('index.html')).status).toBe(200);
    });

    test('goes back by hand, and no alarm of the deployment before takes that back', async () => {
      const settings = join(checkout.directory, 'serverless.yml');
      const text = readFileSync(settings, 'utf8');
      writeFileSync(settings, text.replace(/deletionProtection: .*/, 'deletionProtection: false'));
      appendFileSync(join(checkout.directory, 'dist/help.cjs'), '\n// changed again\n');
      await serverless(['deploy', ...withData], 'prod');
      expect(await changedSince(first)).toEqual(['help']);
      expect(await stack('prod')).toContain('arn:aws:cloudwatch');

      const [, timestamp = ''] =
        (await serverless(['deploy', 'list'], 'prod')).match(/Timestamp: (\d+)/) ?? [];
      await serverless(['rollback', '--timestamp', timestamp], 'prod');
      expect(await changedSince(first)).toEqual([]);
      expect(await stack('prod')).not.toContain('arn:aws:cloudwatch');
    });

    test('with `data=Delete`, and once it is not protected, goes with its data', async () => {
      await serverless(['remove'], 'prod');
      // The account's own role for logs stays in any case.
      const theirs = keptIn().filter((id) => !['ApiLogRole', 'ApiAccount'].includes(id));
      expect(deletedOf(aws.log().slice(before))).toEqual(expect.arrayContaining(theirs));
      expect((await secrets()).filter((one) => one.includes('prod'))).toEqual([]);
    });
  });
});
