import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '../limits.ts';
import { bodyOf, pathOf } from '../request.ts';
import { type Connection, endings } from './connection.ts';
import { type Keys, signatureFault } from './signature.ts';

/** `POST`, `GET` and `DELETE` of `/{stage}/@connections/{id}` (platform.md 1.5 and 5.2). */

/** One that came in, whatever became of it. */
export type Post = {
  connection: string;
  body: string;
  bytes: number;
  /** What was answered; 0 where nothing was. */
  status: number;
};

/**
 * What a test wants instead: a status, an answer of 200 without delivery (which AWS gives for a client whose network
 * is gone), no answer, or a cut socket. `undefined` lets the post through.
 */
export type Interference = (post: {
  connection: string;
  body: string;
}) => number | 'lose' | 'hang' | 'reset' | undefined;

const names: Record<number, string> = {
  403: 'ForbiddenException',
  410: 'GoneException',
  413: 'PayloadTooLargeException',
  429: 'LimitExceededException',
};

const answer = (response: ServerResponse, status: number, body?: object, name = names[status]) => {
  response.writeHead(status, {
    ...(name && { 'x-amzn-errortype': name }),
    ...(body && { 'content-type': 'application/json' }),
  });
  response.end(body && JSON.stringify(body));
};

export const connectionsApi = (options: {
  stage: string;
  region: string;
  keys: Keys;
  limits: Limits;
  connections: Map<string, Connection>;
  interfering: () => Interference | undefined;
  onPost: (post: Post) => void;
}) => {
  const { stage, region, keys, limits, connections } = options;
  const prefix = `/${stage}/@connections/`;

  /** 410 also for one whose handshake is not over: until `$connect` has answered there is no connection. */
  const openOne = (id: string) => {
    const connection = connections.get(id);
    return connection && !connection.isOver ? connection : undefined;
  };
  const statusOfPost = (id: string, body: string, bytes: number): number => {
    if (bytes > limits.messageBytes) return 413;
    const connection = openOne(id);
    if (!connection) return 410;
    if (connection.isFull()) return 429;
    connection.send(body);
    return 200;
  };
  const post = (response: ServerResponse, connection: string, bytes: Buffer) => {
    const body = bytes.toString('utf8');
    const wanted = options.interfering()?.({ connection, body });
    const isAnswered = wanted !== 'hang' && wanted !== 'reset';
    const given = wanted === 'lose' ? 200 : wanted;
    const status = isAnswered
      ? ((given as number | undefined) ?? statusOfPost(connection, body, bytes.length))
      : 0;
    options.onPost({ connection, body, bytes: bytes.length, status });
    if (isAnswered) answer(response, status, status === 200 ? undefined : { message: null });
    else if (wanted === 'reset') response.socket?.resetAndDestroy();
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const path = pathOf(request);
    const fault = signatureFault(request, body, region, keys);
    if (fault) return answer(response, 403, { message: fault }, fault);
    if (!path.startsWith(prefix)) return answer(response, 403, { message: 'Forbidden' });
    const id = decodeURIComponent(path.slice(prefix.length));
    if (request.method === 'POST') return post(response, id, body);
    const connection = openOne(id);
    if (!connection) return answer(response, 410, { message: null });
    if (request.method === 'DELETE') {
      connection.close(endings.deleted);
      return answer(response, 204);
    }
    if (request.method !== 'GET') return answer(response, 403, { message: 'Forbidden' });
    const { connectedAt, identity } = connection.facts;
    answer(response, 200, {
      connectedAt: new Date(connectedAt).toISOString(),
      identity,
      lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
    });
  };
};
