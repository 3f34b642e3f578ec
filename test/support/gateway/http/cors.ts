import type { IncomingMessage } from 'node:http';
import type { Cors } from '../deployment/deployment.ts';

/**
 * An HTTP API with CORS configured answers preflights by itself, without calling a function, and puts its own headers
 * in the place of those that a function returns
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
 */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

export const corsHeaders = (cors: Cors | undefined, request: IncomingMessage): Record<string, string> => {
  const { origin } = request.headers;
  if (!cors || origin === undefined) return {};
  const isOpen = cors.allowedOrigins.includes('*');
  if (!isOpen && !cors.allowedOrigins.includes(origin)) return {};
  const allowed = { 'access-control-allow-origin': isOpen ? '*' : origin };
  if (!isPreflight(request)) return allowed;
  return {
    ...allowed,
    'access-control-allow-headers': cors.allowedHeaders.join(',').toLowerCase(),
    'access-control-allow-methods': cors.allowedMethods.join(','),
    ...(cors.maxAge !== undefined && { 'access-control-max-age': String(cors.maxAge) }),
  };
};
