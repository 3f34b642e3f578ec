import type { SocketApi } from '../deployment/deployment.ts';
import type { Limits } from '../limits.ts';
import { within } from '../request.ts';
import type { Connection } from './connection.ts';
import { type Api, messageEvent } from './events.ts';

/**
 * Which route a message takes (platform.md 1.2): the value that `$request.body.<path>` selects, as a string; without
 * one, without JSON, and without a route of that name `$default`. Names with `$` are the gateway's own.
 */
const routeOf = ({ selection, routes }: SocketApi, text: string): string | undefined => {
  const path = selection.match(/^\$request\.body\.(.+)$/)?.[1]?.split('.');
  if (!path) throw new Error(`the route selection ${selection} is not known here`);
  let selected: unknown;
  try {
    selected = path.reduce((value, name) => value?.[name], JSON.parse(text));
  } catch {
    selected = undefined;
  }
  const key = typeof selected === 'string' ? selected : JSON.stringify(selected);
  if (key !== undefined && !key.startsWith('$') && routes.has(key)) return key;
  return routes.has('$default') ? '$default' : undefined;
};

/** The gateway's own frames, which no handler wrote. */
const ownFrame = (message: string, connectionId: string, requestId: string) =>
  JSON.stringify({ message, connectionId, requestId });

/** What an integration may return. Anything else, a status that is not 2xx included, counts as failed (not verified). */
const isResponse = (result: unknown): result is { statusCode: number; body?: string } => {
  const { statusCode, body } = (result ?? {}) as { statusCode?: unknown; body?: unknown };
  const isSuccess = typeof statusCode === 'number' && statusCode >= 200 && statusCode < 300;
  return isSuccess && (body === undefined || body === null || typeof body === 'string');
};

/** Runs one message. Nothing orders it against others of its connection (platform.md 1.4). */
export const dispatch = async (
  options: {
    api: Api;
    socket: SocketApi;
    limits: Limits;
    invoke: (name: string, event: unknown) => Promise<unknown>;
  },
  connection: Connection,
  text: string,
): Promise<void> => {
  const { api, socket, limits, invoke } = options;
  const key = routeOf(socket, text);
  const event = messageEvent(api, connection.facts, key ?? '', text);
  const { connectionId, requestId } = event.requestContext;
  const answer = (frame: string) => {
    if (!connection.isOver) connection.send(frame);
  };
  const route = key === undefined ? undefined : socket.routes.get(key);
  if (!route) return answer(ownFrame('Forbidden', connectionId, requestId));
  try {
    const result = await within(
      limits.integrationMs,
      invoke(route.function, event),
      () => new Error('Endpoint request timed out'),
    );
    if (!isResponse(result)) throw new Error('malformed response');
    const { body } = result;
    if (Buffer.byteLength(body ?? '') > limits.messageBytes) throw new Error('response too large');
    // A body is sent back only where the route has a response.
    if (route.responds && body) answer(body);
  } catch {
    answer(ownFrame('Internal server error', connectionId, requestId));
  }
};
