import type { IncomingMessage } from 'node:http';
import { anId, headerPairs, queryPairs, requestTime } from '../request.ts';

/**
 * The events of a WebSocket API, field by field as recorded ones have them (platform.md 1.2; the authorizer's:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html).
 */
export type Api = { apiId: string; stage: string; region: string; domainName: string };

/** What every event of a connection says about it. */
export type Facts = {
  connectionId: string;
  connectedAt: number;
  identity: { sourceIp: string; userAgent?: string };
  /** The authorizer's context, once it has allowed the connection. */
  authorizer?: Record<string, unknown>;
};

export const factsOf = (request: IncomingMessage): Facts => {
  const userAgent = request.headers['user-agent'];
  const sourceIp = request.socket.remoteAddress?.replace('::ffff:', '') ?? '';
  return {
    connectionId: anId(),
    connectedAt: Date.now(),
    identity: { ...(userAgent !== undefined && { userAgent }), sourceIp },
  };
};

export type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

const contextOf = (api: Api, facts: Facts, routeKey: string, eventType: EventType, more: object = {}) => {
  const now = Date.now();
  const requestId = anId();
  const { apiId, stage, domainName } = api;
  const { connectionId, connectedAt, identity, authorizer } = facts;
  return {
    routeKey,
    ...(authorizer && { authorizer }),
    ...more,
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: 'IN',
    stage,
    connectedAt,
    requestTimeEpoch: now,
    identity,
    requestId,
    domainName,
    connectionId,
    apiId,
  };
};

const single = (pairs: [string, string][]) => Object.fromEntries(pairs);
const multiple = (pairs: [string, string][]) => {
  const grouped = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries([...grouped].map(([name, all]) => [name, all.map(([, value]) => value)]));
};
const headersAs = (pairs: [string, string][]) => ({
  headers: single(pairs),
  multiValueHeaders: multiple(pairs),
});
const queryAs = (pairs: [string, string][]) => ({
  queryStringParameters: single(pairs),
  multiValueQueryStringParameters: multiple(pairs),
});

/** The client's own headers without those of the hop, and what the gateway adds. */
const forwarded = (request: IncomingMessage, { identity }: Facts): [string, string][] => [
  ...headerPairs(request).filter(([name]) => !/^(connection|upgrade)$/i.test(name)),
  ['X-Amzn-Trace-Id', `Root=1-${Math.floor(Date.now() / 1_000).toString(16)}-${'0'.repeat(24)}`],
  ['X-Forwarded-For', identity.sourceIp],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Proto', 'https'],
];

export const authorizerEvent = (api: Api, request: IncomingMessage, facts: Facts) => ({
  type: 'REQUEST',
  methodArn: `arn:aws:execute-api:${api.region}:123456789012:${api.apiId}/${api.stage}/$connect`,
  ...headersAs([
    ['Connection', 'upgrade'],
    ['content-length', '0'],
    ...forwarded(request, facts),
    ['Upgrade', 'websocket'],
  ]),
  ...queryAs(queryPairs(request)),
  stageVariables: {},
  requestContext: contextOf(api, facts, '$connect', 'CONNECT'),
});

export const connectEvent = (api: Api, request: IncomingMessage, facts: Facts) => {
  const query = queryPairs(request);
  return {
    ...headersAs(forwarded(request, facts)),
    ...(query.length > 0 && queryAs(query)),
    requestContext: contextOf(api, facts, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  };
};

/** No headers and no query: what a message must know of them comes with the authorizer's context. */
export const messageEvent = (api: Api, facts: Facts, routeKey: string, body: string) => ({
  requestContext: contextOf(api, facts, routeKey, 'MESSAGE', { messageId: anId() }),
  body,
  isBase64Encoded: false,
});

export const disconnectEvent = (api: Api, facts: Facts, closed: { code: number; reason: string }) => ({
  ...headersAs([
    ['Host', api.domainName],
    ['x-api-key', ''],
    ['X-Forwarded-For', ''],
    ['x-restapi', ''],
  ]),
  requestContext: contextOf(api, facts, '$disconnect', 'DISCONNECT', {
    disconnectStatusCode: closed.code,
    disconnectReason: closed.reason,
  }),
  isBase64Encoded: false,
});
