import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod/mini';
import { errors } from '../../schema/errors.ts';
import { limits } from '../../schema/limits.ts';
import { utf8Bytes } from '../../schema/text.ts';
import type { App } from '../app.ts';
import type { Caller } from '../caller.ts';
import { AppError, isUnavailable, problem } from '../errors.ts';
import { count } from '../metrics/measure.ts';
import { tagReply, tagTrace } from '../metrics/tags.ts';
import type { Outcome } from '../outcome.ts';
import { takeSomewhere } from '../rates/spare.ts';
import { authenticate } from '../tokens/authenticate.ts';
import { bearerIn, header } from './headers.ts';
import { lambda, report } from './lambda.ts';
import type { Answer } from './on-frame.ts';
import { perform } from './perform.ts';
import { readBy } from './read.ts';

export type HttpEvent = {
  routeKey: string;
  headers?: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
  pathParameters?: Record<string, string | undefined>;
  body?: string | undefined;
  isBase64Encoded?: boolean;
  requestContext?: { http?: { sourceIp?: string } };
};

type Authenticating = Pick<App, 'tokens' | 'users' | 'clock' | 'rates' | 'spareRates' | 'policy'>;
type Asked<Body, Query, Path> = { body: Body; query: Query; path: Path };
type Shape<Body, Query, Path> = {
  body?: z.ZodMiniType<Body>;
  query?: z.ZodMiniType<Query>;
  path?: z.ZodMiniType<Path>;
};

/** What a route answers: a status and the outcome to perform. */
type Performing = { app: Partial<App>; status: number; outcome: Outcome<unknown> };
type Route = (event: HttpEvent) => Promise<Performing>;

const bodyOf = ({ body, isBase64Encoded }: HttpEvent): unknown => {
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
  if (utf8Bytes(text) > limits.httpBodyBytes) {
    throw new AppError('too-large', `unable to read the body; it is over ${limits.httpBodyBytes} bytes`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad-request', 'unable to read the body; it is not JSON', {
      cause: error,
      pointer: '',
    });
  }
};

const read = <Body, Query, Path>(
  shape: Shape<Body, Query, Path>,
  event: HttpEvent,
): Asked<Body, Query, Path> => ({
  body: shape.body ? readBy(shape.body, bodyOf(event), 'body') : (undefined as Body),
  query: shape.query ? readBy(shape.query, event.queryStringParameters ?? {}, 'query') : (undefined as Query),
  path: shape.path ? pathOf(shape.path, event) : (undefined as Path),
});

/** An id of the wrong form names nothing. */
const pathOf = <Path>(schema: z.ZodMiniType<Path>, { pathParameters }: HttpEvent): Path => {
  const path = schema.safeParse(pathParameters ?? {});
  if (path.success) return path.data;
  throw new AppError('not-found', 'unable to find it; the path names nothing');
};

const limited = (retryAfterMs: number) =>
  new AppError('rate-limited', 'unable to answer; too many requests', { retryAfterMs });

/** Who shows no token is counted by address; beside them who shows a bad one, or one client would bar others' sign-in. */
const admitStranger = async (
  app: Authenticating,
  { requestContext }: HttpEvent,
  rateClass: 'strangers' | 'bad-tokens',
) => {
  const address = requestContext?.http?.sourceIp ?? 'unknown';
  const wait = await takeSomewhere(app, address, rateClass, app.policy.strangerWindow());
  if (wait !== undefined) throw limited(wait);
};

/** One that was good is no guess, and its client must hear that it has ended. */
const isGuess = (error: unknown) =>
  !isUnavailable(error) && !(error instanceof AppError && error.code === 'token-expired');

const identify = async (app: Authenticating, event: HttpEvent): Promise<Caller> => {
  const token = bearerIn(header(event.headers, 'authorization'));
  try {
    if (token === undefined) throw new AppError('unauthorized', 'unable to let in; no bearer token');
    return await authenticate(app, token);
  } catch (error) {
    if (isGuess(error)) await admitStranger(app, event, token === undefined ? 'strangers' : 'bad-tokens');
    throw error;
  }
};

const admitCaller = async (app: Authenticating, event: HttpEvent): Promise<Caller> => {
  const caller = await identify(app, event);
  const wait = await takeSomewhere(app, caller.user, 'requests', limits.requests);
  if (wait !== undefined) throw limited(wait);
  return caller;
};

/** Routes by key, as API Gateway names them (`POST /v1/register`), over the ports that all of them share. */
export const routesOver = <Uses extends Authenticating & Partial<App>>(uses: () => Uses) => ({
  /** For everybody. */
  open:
    <Body, Query, Path, Result extends Outcome<unknown>>(
      shape: Shape<Body, Query, Path>,
      act: (app: Uses, asked: Asked<Body, Query, Path>) => Promise<Result>,
      status: number | ((outcome: Result) => number) = 200,
    ): Route =>
    async (event) => {
      const app = uses();
      await admitStranger(app, event, 'strangers');
      const outcome = await act(app, read(shape, event));
      return { app, status: typeof status === 'number' ? status : status(outcome), outcome };
    },

  /** For those who show a token that is good and whose device is not revoked. */
  signedIn:
    <Body, Query, Path, Result extends Outcome<unknown>>(
      shape: Shape<Body, Query, Path>,
      act: (app: Uses, caller: Caller, asked: Asked<Body, Query, Path>) => Promise<Result>,
      status: number | ((outcome: Result) => number) = 200,
    ): Route =>
    async (event) => {
      const app = uses();
      const caller = await admitCaller(app, event);
      const outcome = await act(app, caller, read(shape, event));
      return { app, status: typeof status === 'number' ? status : status(outcome), outcome };
    },
});

const json = (
  statusCode: number,
  type: string,
  body: unknown,
  more: Record<string, string> = {},
): Answer => ({
  statusCode,
  headers: { 'content-type': type, 'cache-control': 'no-store', ...more },
  body: JSON.stringify(body),
});

/** RFC 9457 for every exception. */
const problems = (): MiddlewareObj<HttpEvent, Answer> => ({
  onError: (request) => {
    const error = report('request.refused', request.error);
    const { status } = errors[error.code];
    request.response = json(status, 'application/problem+json', problem(error), {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryAfterMs !== undefined && {
        'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)),
      }),
    });
  },
});

/** A handler of HTTP routes: reads, acts, performs, answers. */
export const onHttp = (routes: Record<string, Route>) => {
  const byKey = new Map(Object.entries(routes));
  return lambda<HttpEvent, Answer>(async (event) => {
    count('requests');
    tagTrace(header(event.headers, 'traceparent'));
    const route = byKey.get(event.routeKey);
    if (!route) throw new AppError('not-found', 'unable to answer; no such route');
    const { app, status, outcome } = await route(event);
    const reply = await perform(app, outcome);
    tagReply(reply);
    return json(status, 'application/json', reply);
  }, problems());
};
