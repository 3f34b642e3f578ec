import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type Gateway, type Options, startGateway } from '../support/gateway/gateway.ts';

/** A deployment of a test's own: functions as source, and their events as serverless.yml writes them. */
export type Functions = Record<
  string,
  { code: string; events?: object[]; timeout?: number; reservedConcurrency?: number }
>;

export type Started = Gateway & {
  /** The event that a function logged with `see(event)`, once it has. */
  seen(fits: (event: Event) => boolean): Promise<Event>;
};
// biome-ignore lint/suspicious/noExplicitAny: events of every kind
type Event = any;

/** Before every function: a line in the log that `seen` finds. */
const see = 'const see = (event) => console.log(JSON.stringify({ saw: event }));\n';

/** A test that fails before its end leaves nothing running. */
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

export const deploy = async (
  functions: Functions,
  {
    provider = {},
    params = {},
    resources = {},
    ...options
  }: Options & { provider?: object; params?: object; resources?: object } = {},
): Promise<Started> => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-deployment-'));
  mkdirSync(join(directory, 'dist'));
  for (const [name, { code }] of Object.entries(functions)) {
    writeFileSync(join(directory, 'dist', `${name}.cjs`), see + code);
  }
  const deployed = Object.entries(functions).map(([name, { code: _, ...given }]) => [
    name,
    { handler: `dist/${name}.handler`, ...given },
  ]);
  const serverlessFile = join(directory, 'serverless.yml');
  // JSON is YAML.
  writeFileSync(
    serverlessFile,
    JSON.stringify({ service: 'fake', provider, params, functions: Object.fromEntries(deployed), resources }),
  );
  const gateway = await startGateway({ serverlessFile, ...options });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= gateway.stop().then(() => rmSync(directory, { recursive: true, force: true }));
    return stopped;
  };
  stops.push(stop);
  const sawIn = (line: string): Event => (line.startsWith('{"saw":') ? JSON.parse(line).saw : undefined);
  return {
    ...gateway,
    seen: async (fits) =>
      sawIn(
        await gateway.logged((line) => {
          const event = sawIn(line);
          return event !== undefined && fits(event);
        }),
      ),
    stop,
  };
};

/** Answers with what it was given. */
export const echo = `exports.handler = async (event) => {
  see(event);
  return { statusCode: 200, body: JSON.stringify({ event }) };
};`;

export const responding = (route: string) => ({
  websocket: { route, routeResponseSelectionExpression: '$default' },
});

/** Where functions wait for the test: `await fetch(process.env.DOOR + '/name')` returns once it is opened. */
export type Door = {
  url: string;
  /** When somebody waits there. */
  knocked(name: string): Promise<void>;
  open(name: string): Promise<void>;
  stop(): Promise<void>;
};

export const startDoor = async (): Promise<Door> => {
  const doors = new Map<
    string,
    { knocked: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> }
  >();
  const doorOf = (name: string) => {
    const door = doors.get(name) ?? {
      knocked: Promise.withResolvers<void>(),
      opened: Promise.withResolvers<void>(),
    };
    doors.set(name, door);
    return door;
  };
  const server = createServer((request, response) => {
    const door = doorOf(request.url?.slice(1) ?? '');
    door.knocked.resolve();
    void door.opened.promise.then(() => response.end('open'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    knocked: (name) => doorOf(name).knocked.promise,
    open: async (name) => {
      await doorOf(name).knocked.promise;
      doorOf(name).opened.resolve();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
