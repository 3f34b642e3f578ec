import { join } from 'node:path';
import { untilListening } from './ports.ts';
import { type Running, run } from './processes.ts';

/** serverless-offline: API Gateway's sockets and routes, and every function in one process. */
export type Ports = { http: number; socket: number; lambda: number };

const root = join(import.meta.dirname, '../..');

export const startGateway = async (options: {
  directory: string;
  ports: Ports;
  /** Where the bundles are, from the root of the project. */
  dist: string;
  environment: Record<string, string>;
}): Promise<Running> => {
  const { directory, ports, dist, environment } = options;
  const running = await run({
    name: 'gateway',
    directory,
    cwd: root,
    command: process.execPath,
    args: [
      join(root, 'node_modules/serverless/bin/serverless.js'),
      'offline',
      'start',
      ...['--httpPort', String(ports.http)],
      ...['--websocketPort', String(ports.socket)],
      ...['--lambdaPort', String(ports.lambda)],
      // Says whose process it is, for the next start.
      ...['--param', `directory=${directory}`],
    ],
    env: {
      ...environment,
      PARLEY_DIST: dist,
      // The stack makes nothing here: what runs is what the settings name.
      PARLEY_LOCAL: 'true',
      // No queue: each invocation makes all its posts itself.
      PARLEY_QUEUE_URL: '',
      PARLEY_GATEWAY_ENDPOINT: `http://localhost:${ports.socket}`,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
    },
  });
  await untilListening(ports.http, running.ended, 'the gateway', 60_000);
  await untilListening(ports.socket, running.ended, 'the gateway', 60_000);
  return running;
};

/** Runs the sweep now. The gateway's own clock knows minutes only. */
export const sweepNow = async ({ lambda }: Ports): Promise<void> => {
  const url = `http://localhost:${lambda}/2015-03-31/functions/parley-dev-sweep/invocations`;
  const response = await fetch(url, { method: 'POST', body: '{"once":true}' });
  if (!response.ok) throw new Error(`the sweep answered ${response.status}`);
  await response.arrayBuffer();
};
