import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { SocketApi } from '../deployment/deployment.ts';
import type { Limits } from '../limits.ts';
import { pathOf, within } from '../request.ts';
import { authorize, type Refusal } from './authorizer.ts';
import { type Api, connectEvent, type Facts, factsOf } from './events.ts';

/** Let in: the facts of the connection, and the one subprotocol that `$connect` chose. */
export type LetIn = { facts: Facts; protocol: string | undefined };

/** What a client sees instead of the upgrade. */
export const refuse = (socket: Socket, { status, message }: Refusal) => {
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

/** Status where `$connect` failed or answered nonsense. The platform's facts only say that there is no connection. */
const failed: Refusal = { status: 502, message: 'Internal server error' };

type Result = { statusCode?: unknown; headers?: Record<string, string> } | null;

const protocolIn = (result: Result): string | undefined =>
  Object.entries(result?.headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  )?.[1];

/**
 * The way in: path, URL, authorizer, `$connect`, in this order (platform.md 1.2 and 1.3). The upgrade waits for all of
 * them, and a status of `$connect` that is not 2xx refuses it.
 */
export const shakeHands = async (
  options: {
    api: Api;
    socket: SocketApi;
    limits: Limits;
    invoke: (name: string, event: unknown) => Promise<unknown>;
  },
  request: IncomingMessage,
): Promise<LetIn | Refusal> => {
  const { api, socket, limits } = options;
  const invoke = (name: string, event: unknown) =>
    within(limits.integrationMs, options.invoke(name, event), () => new Error('timed out'));
  if (pathOf(request).replace(/\/$/, '') !== `/${api.stage}`) return { status: 403, message: 'Forbidden' };
  if ((request.url ?? '').length > limits.urlCharacters) return { status: 414, message: 'URI Too Long' };

  let facts = factsOf(request);
  const { authorizer } = socket;
  if (authorizer) {
    const { sources } = authorizer;
    const asked = {
      api,
      sources,
      resultBytes: limits.authorizerBytes,
      invoke: (event: unknown) => invoke(authorizer.function, event),
    };
    const answer = await authorize(asked, request, facts);
    if ('status' in answer) return answer;
    facts = { ...facts, ...answer };
  }
  const connect = socket.routes.get('$connect');
  if (!connect) return { facts, protocol: undefined };
  let result: Result;
  try {
    result = (await invoke(connect.function, connectEvent(api, request, facts))) as Result;
  } catch {
    return failed;
  }
  const { statusCode } = result ?? {};
  if (typeof statusCode !== 'number') return failed;
  if (statusCode < 200 || statusCode > 299) return { status: statusCode, message: 'Forbidden' };
  return { facts, protocol: protocolIn(result) };
};
