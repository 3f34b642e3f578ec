import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

test('the bundle reads its keys from the secret, and shows the public halves of all', async () => {
  const seed = (name: string) => name.padEnd(40, '.');
  const SecretString = JSON.stringify({
    keys: [{ seed: seed('new'), since: 4_000_000_000 }, { seed: seed('old') }],
  });
  const server = createServer((_request, response) => response.end(JSON.stringify({ SecretString })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bundle = join(process.env.TEST_DIRECTORY ?? '', 'dist/users.cjs');
  const ask = `require(${JSON.stringify(bundle)})
    .handler({ routeKey: 'GET /.well-known/jwks.json' }, { awsRequestId: 'r', functionName: 'users' })
    .then(({ statusCode, body }) => { console.error(statusCode, body); process.exit(); });`;
  try {
    const { stderr } = await run(process.execPath, ['-e', ask], {
      env: {
        PARLEY_KEYS_SECRET: 'parley/keys',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 's',
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
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
