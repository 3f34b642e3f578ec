import type { IncomingMessage } from 'node:http';
import type { HttpRoute } from '../deployment/deployment.ts';
import { anId, bodyOf, headerPairs, pathOf, queryPairs, requestTime } from '../request.ts';

/**
 * The event of an HTTP API, payload format 2.0: lower-case header names, several values joined by commas, absent
 * rather than empty fields
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
const joined = (pairs: [string, string][]): Record<string, string> => {
  const grouped = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...grouped].map(([name, all]) => [name, all.map(([, value]) => value).join(',')]),
  );
};

/** What is not text by its type comes as base64, a form and a body without a type included. */
const isText = (type = '') => /^(text\/|application\/(json|javascript|xml))/i.test(type);

export const httpEvent = async (
  request: IncomingMessage,
  route: HttpRoute,
  pathParameters: Record<string, string>,
) => {
  const path = pathOf(request);
  const method = request.method ?? '';
  const sourceIp = request.socket.remoteAddress ?? '';
  const { host = '' } = request.headers;
  const headers = headerPairs(request).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const query = joined(queryPairs(request));
  const cookies = request.headers.cookie?.split('; ');
  const body = await bodyOf(request);
  const isEncoded = body.length > 0 && !isText(request.headers['content-type']);
  const now = Date.now();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: path,
    rawQueryString: request.url?.split('?')[1] ?? '',
    ...(cookies && { cookies }),
    headers: {
      ...joined(headers.filter(([name]) => !/^(connection|cookie)$/.test(name))),
      'content-length': String(body.length),
      'x-amzn-trace-id': `Root=1-${Math.floor(now / 1_000).toString(16)}-${'0'.repeat(24)}`,
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'localhttp',
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: request.headers['user-agent'] ?? '' },
      requestId: anId(),
      routeKey: route.key,
      stage: '$default',
      time: requestTime(now),
      timeEpoch: now,
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...(body.length > 0 && { body: body.toString(isEncoded ? 'base64' : 'utf8') }),
    isBase64Encoded: isEncoded,
  };
};
