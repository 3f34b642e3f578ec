import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test wants said for one connection: a status, or no answer at all. */
export type Behaviour = number | 'hang' | 'reset';
type Asked = { method: string; path: string; body: string; headers: Record<string, string> };

const bodyOf = async (request: IncomingMessage) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
};

/**
 * An `@connections` endpoint of real HTTP that answers as told, with the bodies that AWS sends (an error's name in
 * the header) or, as local stand-ins do, without.
 */
export const startConnectionsServer = async ({ named }: { named: boolean }) => {
  const behaviours = new Map<string, Behaviour>();
  const asked: Asked[] = [];
  const sockets = new Set<unknown>();
  const names: Record<number, string> = {
    410: 'GoneException',
    413: 'PayloadTooLargeException',
    429: 'LimitExceededException',
    403: 'ForbiddenException',
  };

  const answer = (response: ServerResponse, status: number) => {
    const name = named ? names[status] : undefined;
    response.writeHead(status, name ? { 'x-amzn-errortype': name, 'content-type': 'application/json' } : {});
    response.end(name ? JSON.stringify({ message: null }) : '');
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    sockets.add(request.socket);
    const path = request.url ?? '';
    const connection = decodeURIComponent(path.split('/').at(-1) ?? '');
    const body = await bodyOf(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    asked.push({ method: request.method ?? '', path, body, headers });
    const behaviour = behaviours.get(connection) ?? 200;
    if (behaviour === 'hang') return;
    if (behaviour === 'reset') request.socket.destroy();
    else answer(response, behaviour);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/stage`,
    behave: (connection: string, behaviour: Behaviour) => behaviours.set(connection, behaviour),
    asked,
    /** How many sockets clients have opened so far. */
    sockets: () => sockets.size,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
