import { authenticate } from '../acts/sessions.ts';
import { check } from '../checks.ts';
import { limits } from '../limits.ts';
import { take } from '../rates.ts';
import { errors, problem, Refusal } from '../refusal.ts';
import type { Claims, World } from '../world.ts';
import { conversationRoutes } from './conversations.ts';
import type { Route } from './route.ts';
import { userRoutes } from './users.ts';

/** A request as it arrives, and what it is answered. */
export type HttpRequest = {
  method: string;
  path: string;
  token: string | undefined;
  body: string | undefined;
};
export type HttpAnswer = { status: number; headers: Record<string, string>; body: object };

const routes = Object.entries({ ...userRoutes, ...conversationRoutes }).map(([name, route]) => {
  const [method = '', path = ''] = name.split(' ');
  return { method, route, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`) };
});

const routeOf = (method: string, pathname: string) => {
  for (const { method: own, route, pattern } of routes) {
    const found = own === method ? pattern.exec(pathname) : null;
    if (found) return { route, path: found.slice(1).map(decodeURIComponent) };
  }
  throw new Refusal('not-found', 'no such route');
};

const parse = (body: string | undefined): Record<string, unknown> => {
  try {
    const object: unknown = JSON.parse(body ?? '');
    if (typeof object === 'object' && object !== null) return { ...object };
  } catch {
    // The same answer as to what is no object.
  }
  throw new Refusal('bad-request', 'the body is not JSON', { pointer: '' });
};

const bodyOf = ({ body: fields, bodyByKind }: Route, given: string | undefined) => {
  if (!fields && !bodyByKind) return undefined;
  const body = parse(given);
  const expected = fields ?? bodyByKind?.[String(body.kind)];
  if (!expected) throw new Refusal('bad-request', '/kind is wrong', { pointer: '/kind' });
  check(expected, body);
  return body;
};

const queryOf = ({ query: fields = {}, numbers = [] }: Route, given: URLSearchParams) => {
  const query = Object.fromEntries(
    [...given].map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value]),
  );
  check(fields, query);
  return query;
};

const identify = (world: World, token: string | undefined): Claims => {
  try {
    return authenticate(world, token);
  } catch (error) {
    if (token === undefined) take(world, 'strangers', limits.strangers);
    else if (!(error instanceof Refusal && error.code === 'token-expired'))
      take(world, 'bad-tokens', limits.strangers);
    throw error;
  }
};

const admit = (world: World, { open }: Route, token: string | undefined): Claims | undefined => {
  if (open) {
    take(world, 'strangers', limits.strangers);
    return undefined;
  }
  const claims = identify(world, token);
  take(world, `requests ${claims.user.id}`, limits.requests);
  return claims;
};

const refused = (error: Refusal): HttpAnswer => ({
  status: errors[error.code].status,
  headers: {
    'content-type': 'application/problem+json',
    ...(errors[error.code].status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(error.detail.retryAfterMs && { 'retry-after': String(Math.ceil(error.detail.retryAfterMs / 1_000)) }),
  },
  body: problem(error),
});

/** What a request is answered; what it sets off has been pushed by then. `as`: by whom, where no token says so. */
export const serve = (
  world: World,
  { method, path: target, token, body }: HttpRequest,
  as?: Claims,
): HttpAnswer => {
  try {
    const url = new URL(target, 'https://parley.test');
    const { route, path } = routeOf(method, url.pathname);
    const claims = as ?? (admit(world, route, token) as Claims);
    const asked = { claims, path, body: bodyOf(route, body), query: queryOf(route, url.searchParams) };
    const { status, body: answer } = route.act(world, asked);
    return {
      status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: answer,
    };
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    throw error;
  }
};
