import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ofType, packageOf, templateOf } from '../support/cloud/stages.ts';

const run = promisify(execFile);

/** The files in a zip, by its central directory. */
const unzipped = (zip: Buffer): Map<string, Buffer> => {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const [packed, nameLength] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const body = zip.subarray(data, data + packed);
    files.set(name, zip.readUInt16LE(at + 10) === 0 ? body : inflateRawSync(body));
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
};

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const dist = join(process.env.TEST_DIRECTORY ?? '', 'dist');
const zips = readdirSync(packageOf('prod')).filter((file) => file.endsWith('.zip'));
const contentsOf = (zip: string) => unzipped(readFileSync(join(packageOf('prod'), zip)));

test('there is a zip for each function', () => {
  const functions = ofType(templateOf('prod'), 'AWS::Lambda::Function');
  expect(zips.map((zip) => `parley-prod-${zip.replace('.zip', '')}`).sort()).toEqual(
    functions.map(([, { Properties }]) => Properties.FunctionName).sort(),
  );
});

test.each(zips)('%s holds the bundle that the local gateway runs, and nothing else', (zip) => {
  const bundle = `${kebab(zip.replace('.zip', ''))}.cjs`;
  const contents = contentsOf(zip);
  expect([...contents.keys()]).toEqual([`dist/${bundle}`]);
  expect(contents.get(`dist/${bundle}`)?.equals(readFileSync(join(dist, bundle)))).toBe(true);
});

describe('unpacked where nothing else is, with the variables of Lambda alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-lambda-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const { Resources } = templateOf('prod');
  /** What Lambda sets by itself, and the settings of the template, where a reference leads nowhere. */
  const variablesOf = (id: string) => ({
    AWS_REGION: 'eu-central-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'parley-prod',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_ACCESS_KEY_ID: 'ASIALOCAL',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    LAMBDA_TASK_ROOT: directory,
    NODE_PATH: '/opt/nodejs/node_modules',
    TZ: ':UTC',
    ...Object.fromEntries(
      Object.entries<unknown>(Resources[id]?.Properties.Environment.Variables).map(([name, value]) => [
        name,
        typeof value === 'string'
          ? value
          : name === 'PARLEY_REDIS_URL'
            ? 'rediss://parley@127.0.0.1:9'
            : 'https://127.0.0.1:9',
      ]),
    ),
  });

  const frame = {
    requestContext: {
      routeKey: 'help',
      eventType: 'MESSAGE',
      connectionId: 'L0SM9cOFvHcCIhw=',
      requestId: 'request',
      domainName: 'api.example',
      stage: 'prod',
      requestTimeEpoch: 1_795_000_000_000,
      authorizer: {},
    },
    body: '{"action":"help","id":"1"}',
    isBase64Encoded: false,
  };

  test.each(zips)('%s starts and answers', async (zip) => {
    const home = join(directory, zip.replace('.zip', ''));
    for (const [name, body] of contentsOf(zip)) {
      mkdirSync(join(home, 'dist'), { recursive: true });
      writeFileSync(join(home, name), body);
    }
    const name = zip.replace('.zip', '');
    const id = `${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`;
    const code = `
      const { handler } = require('./dist/${kebab(name)}.cjs');
      const context = { awsRequestId: 'request', functionName: '${name}', getRemainingTimeInMillis: () => 5000 };
      const over = (text) => { process.stdout.write(text); process.exit(0); };
      if (!['help', 'default'].includes('${name}')) over(typeof handler);
      handler(${JSON.stringify(frame)}, context).then((answer) => over(answer.body), (error) => over('threw ' + error));`;
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: home, env: variablesOf(id) });
    if (name === 'help') expect(stdout).toContain('"type":"help"');
    else if (name === 'default') expect(stdout).toContain('"type":"error"');
    else expect(stdout).toBe('function');
  });
});
