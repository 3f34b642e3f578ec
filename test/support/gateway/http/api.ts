import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Deployment } from '../deployment/deployment.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Limits } from '../limits.ts';
import { pathOf, within } from '../request.ts';
import { corsHeaders, isPreflight } from './cors.ts';
import { httpEvent } from './event.ts';
import { routeFor } from './route.ts';

type Result = {
  statusCode: number;
  headers?: Record<string, string | number | boolean>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
};

class Late extends Error {}

/** Without a `statusCode` the whole result is the body of a 200 (payload format 2.0). */
const resultOf = (returned: unknown): Result => {
  if (typeof returned === 'object' && returned !== null && 'statusCode' in returned) {
    return returned as Result;
  }
  const body = typeof returned === 'string' ? returned : JSON.stringify(returned);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
};

const own = (response: ServerResponse, status: number, message: string, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ message }));
};

/** The HTTP API: its stage is `$default`, so that no path carries one. */
export const startHttpApi = async (
  { http: { routes, cors } }: Pick<Deployment, 'http'>,
  limits: Limits,
  { invoke }: Functions,
): Promise<{ port: number; stop(): Promise<void> }> => {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const allowed = corsHeaders(cors, request);
    if (cors && isPreflight(request)) {
      response.writeHead(204, allowed);
      return void response.end();
    }
    const match = routeFor(routes, request.method ?? '', pathOf(request));
    if (!match) return own(response, 404, 'Not Found', allowed);
    const event = await httpEvent(request, match.route, match.parameters);
    let result: Result;
    try {
      const returned = await within(
        limits.integrationMs,
        invoke(match.route.function, event),
        () => new Late(),
      );
      result = resultOf(returned);
    } catch (error) {
      if (error instanceof Late) return own(response, 503, 'Service Unavailable', allowed);
      return own(response, 500, 'Internal Server Error', allowed);
    }
    const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = result;
    const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
    const kept = cors ? given.filter(([name]) => !name?.startsWith('access-control-')) : given;
    response.writeHead(statusCode, {
      ...Object.fromEntries(kept),
      ...allowed,
      ...(cookies && { 'set-cookie': cookies }),
    });
    response.end(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
