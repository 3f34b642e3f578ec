import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

/** A Secrets Manager that holds one secret, and what lets a process ask it. */
const startSecrets = async (SecretString: string) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body).SecretId);
      response.end(JSON.stringify({ SecretString }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 's',
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

test('the bundle reads its keys from the secret, and shows the public halves of all', async () => {
  const seed = (name: string) => name.padEnd(40, '.');
  const secrets = await startSecrets(
    JSON.stringify({ keys: [{ seed: seed('new'), since: 4_000_000_000 }, { seed: seed('old') }] }),
  );
  const bundle = join(process.env.TEST_DIRECTORY ?? '', 'dist/users.cjs');
  const ask = `require(${JSON.stringify(bundle)})
    .handler({ routeKey: 'GET /.well-known/jwks.json' }, { awsRequestId: 'r', functionName: 'users' })
    .then(({ statusCode, body }) => { console.error(statusCode, body); process.exit(); });`;
  try {
    const { stderr } = await run(process.execPath, ['-e', ask], {
      env: {
        ...secrets.environment,
        PARLEY_KEYS_SECRET: 'parley/keys',
        // Nobody is there: who shows no token is counted by the function alone.
        PARLEY_REDIS_URL: 'redis://127.0.0.1:9',
      },
    });
    const [, status, body = ''] = stderr.match(/^(\d+) (.*)$/m) ?? [];
    expect(status).toBe('200');
    const { keys } = JSON.parse(body);
    expect(keys).toHaveLength(2);
    expect(new Set(keys.map(({ kid }: { kid: string }) => kid)).size).toBe(2);
    expect(body).not.toMatch(/"d"|seed|since/);
    expect(secrets.asked).toEqual(['parley/keys']);
  } finally {
    await secrets.stop();
  }
});

test('the password of Cassandra is what its secret holds, where one is named, and nobody asks before', async () => {
  const secrets = await startSecrets('from the secret');
  const [platform, config] = ['platform', 'config'].map((name) =>
    JSON.stringify(join(import.meta.dirname, `../../lib/${name}.ts`)),
  );
  const ask = `import { accessBy } from ${platform};
    import { config } from ${config};
    const { login } = accessBy(config());
    console.log(JSON.stringify([login.kind, login.user, await login.password()]));`;
  const loginOf = async (environment: Record<string, string>) => {
    const given = { PARLEY_CASSANDRA_USER: 'ann', ...secrets.environment, ...environment };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', ask], { env: given });
    return JSON.parse(stdout);
  };
  try {
    expect(await loginOf({ PARLEY_CASSANDRA_PASSWORD: 'plain' })).toEqual(['password', 'ann', 'plain']);
    expect(secrets.asked).toEqual([]);
    expect(
      await loginOf({ PARLEY_CASSANDRA_PASSWORD: 'plain', PARLEY_CASSANDRA_SECRET: 'parley/cassandra' }),
    ).toEqual(['password', 'ann', 'from the secret']);
    expect(secrets.asked).toEqual(['parley/cassandra']);
  } finally {
    await secrets.stop();
  }
});
