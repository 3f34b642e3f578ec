import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Checkout, checkoutIn } from '../support/cloud/checkout.ts';
import { type LocalAws, startLocalAws } from '../support/cloud/local-aws.ts';
import { describeWithPython } from '../support/cloud/python.ts';
import { ofType, templateOf } from '../support/cloud/stages.ts';

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
  const serverless = (...args: string[]) =>
    checkout.serverless([...args, '--stage', 'staging'], aws.environment);
  const functions = async (): Promise<Map<string, Lambda>> => {
    const response = await aws.ask('lambda', '/2015-03-31/functions/?MaxItems=100');
    const { Functions } = (await response.json()) as { Functions: Lambda[] };
    return new Map(Functions.map((one) => [one.FunctionName.replace('parley-staging-', ''), one]));
  };
  const buckets = async (): Promise<string[]> => {
    const text = await (await aws.ask('s3', '/')).text();
    return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name = '']) => name);
  };
  const pageObject = async (key: string) => {
    const bucket = (await buckets()).find((name) => name.includes('pagebucket'));
    return aws.ask('s3', `/${bucket}/${key}`);
  };
  let first: Map<string, Lambda>;

  beforeAll(async () => {
    aws = await startLocalAws(join(home, 'aws'));
    checkout = checkoutIn(join(home, 'deployment'), join(home, 'dist'));
    const page = join(checkout.directory, '.parley/page');
    mkdirSync(join(page, 'assets'), { recursive: true });
    writeFileSync(join(page, 'index.html'), '<!doctype html><html><head><title>Parley</title></head></html>');
    writeFileSync(join(page, 'assets/main-0a1b2c.js'), 'export {};');
    await serverless('deploy');
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
    expect(await serverless('deploy')).toMatch(/3 alarms watch this deployment for 5 minutes/);
    const second = await functions();
    const changed = [...second].filter(
      ([name, { CodeSha256 }]) => first.get(name)?.CodeSha256 !== CodeSha256,
    );
    expect(changed.map(([name]) => name)).toEqual(['help']);
  });

  test('says where it is', async () => {
    const info = await serverless('info', '--verbose');
    expect(info).toMatch(/wss:\/\/.*\/staging/);
    expect(info).toMatch(/POST - https:\/\/.*\/v1\/register/);
    expect(info).toMatch(/PageUrl: https:/);
  });

  test('is removed but for its data', async () => {
    await serverless('remove');
    expect((await functions()).size).toBe(0);
    expect(await buckets()).toEqual([]);
    const { Resources } = templateOf('staging');
    const kept = Object.entries(Resources)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'))
      .map(([id]) => id);
    expect(kept).toEqual(expect.arrayContaining(['Keyspace', 'Keys', 'MessagesByConversationTable']));
    const deleted = [...aws.log().matchAll(/^deleted (\w+)$/gm)].map(([, id = '']) => id);
    expect(deleted).toEqual(expect.arrayContaining(['Cache', 'HttpApi', 'WebsocketsApi']));
    expect(deleted.filter((id) => kept.includes(id))).toEqual([]);
  });
});
