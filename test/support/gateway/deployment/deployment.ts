import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type QueueSource, queueOf, type SqsEvent } from './queue.ts';
import { resolved, type Sources } from './variables.ts';

/** What a deployment of serverless.yml would be. Read from the file itself, so that the two cannot drift apart. */
export type Deployment = {
  name: string;
  stage: string;
  region: string;
  functions: Map<string, Deployed>;
  /** What every function is given; a setting that the file does not name reaches none. */
  environment: Record<string, string>;
  socket: SocketApi;
  http: { routes: HttpRoute[]; cors: Cors | undefined };
  /** The one queue that there is, where there is one. */
  queue: QueueSource | undefined;
};

export type Deployed = {
  name: string;
  bundle: string;
  /** The name of what it exports. */
  entry: string;
  timeoutMs: number;
  /** `reservedConcurrency`: over it an invocation is throttled. */
  reserved: number;
};
export type SocketApi = {
  selection: string;
  routes: Map<string, { function: string; responds: boolean }>;
  authorizer: { function: string; sources: string[] } | undefined;
};
export type HttpRoute = { key: string; method: string; path: string; function: string };
export type Cors = {
  allowedOrigins: string[];
  allowedHeaders: string[];
  allowedMethods: string[];
  maxAge?: number;
};

type SocketEvent = {
  route: string;
  routeResponseSelectionExpression?: string;
  authorizer?: string | { name: string; identitySource?: string | string[] };
};
type Given = {
  handler: string;
  timeout?: number;
  reservedConcurrency?: number | string;
  events?: {
    websocket?: SocketEvent;
    httpApi?: string | { method: string; path: string };
    sqs?: SqsEvent;
  }[];
};

/** As the Node runtime of Lambda looks for the file of a handler. */
const fileOf = (path: string): string => {
  const found = ['.cjs', '.js', '.mjs'].map((ending) => path + ending).find((file) => existsSync(file));
  if (!found) throw new Error(`there is no bundle at ${path}.cjs; build it first`);
  return found;
};

/** osls's own default, which a browser cannot meet (platform.md 1.3). */
const defaultSource = 'route.request.header.Auth';

const authorizerOf = ({ authorizer }: SocketEvent): SocketApi['authorizer'] => {
  if (authorizer === undefined) return undefined;
  if (typeof authorizer === 'string') return { function: authorizer, sources: [defaultSource] };
  return { function: authorizer.name, sources: [authorizer.identitySource ?? defaultSource].flat() };
};

const httpRouteOf = (event: string | { method: string; path: string }, name: string): HttpRoute => {
  const [method = '', path = ''] =
    typeof event === 'string' ? event.split(' ') : [event.method.toUpperCase(), event.path];
  return { key: `${method} ${path}`, method, path, function: name };
};

export const readDeployment = (
  file: string,
  environment: Sources['environment'],
  stage = 'dev',
): Deployment => {
  const directory = dirname(file);
  const self = parse(readFileSync(file, 'utf8'));
  const provider = self.provider ?? {};
  const fill = (value: unknown) => resolved(value, { self, directory, environment, stage });
  const given = Object.entries<Given>(self.functions);

  const deployed = ([name, { handler, timeout, reservedConcurrency }]: [string, Given]): Deployed => {
    const [, path = '', entry = ''] = String(fill(handler)).match(/^(.*)\.([^./]+)$/) ?? [];
    const bundle = fileOf(resolve(directory, path));
    const seconds = timeout ?? provider.timeout ?? 6;
    const reserved = Number(fill(reservedConcurrency) ?? 1_000);
    return { name, bundle, entry, timeoutMs: seconds * 1_000, reserved };
  };
  const events = given.flatMap(([name, { events = [] }]) => events.map((event) => ({ name, ...event })));
  const sockets = events.flatMap(({ name, websocket }) => (websocket ? [{ name, ...websocket }] : []));
  const connect = sockets.find(({ route }) => route === '$connect');
  const queued = events.find(({ sqs }) => sqs !== undefined);
  const cors = provider.httpApi?.cors;

  return {
    name: self.service,
    stage,
    region: String(fill(provider.region) ?? 'us-east-1'),
    functions: new Map(given.map((one) => [one[0], deployed(one)])),
    environment: Object.fromEntries(
      Object.entries(provider.environment ?? {}).map(([name, value]) => [name, String(fill(value))]),
    ),
    socket: {
      selection: provider.websocketsApiRouteSelectionExpression ?? '$request.body.action',
      routes: new Map(
        sockets.map(({ name, route, routeResponseSelectionExpression }) => [
          route,
          { function: name, responds: routeResponseSelectionExpression !== undefined },
        ]),
      ),
      authorizer: connect && authorizerOf(connect),
    },
    http: {
      routes: events.flatMap(({ name, httpApi }) => (httpApi ? [httpRouteOf(httpApi, name)] : [])),
      cors: cors && { ...cors, allowedOrigins: fill(cors.allowedOrigins) },
    },
    queue:
      queued?.sqs &&
      queueOf(
        { ...queued.sqs, maximumConcurrency: fill(queued.sqs.maximumConcurrency) },
        queued.name,
        directory,
        self.resources,
      ),
  };
};
