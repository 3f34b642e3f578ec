import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { inRequest } from '../log.ts';

const connectionIn = (event: unknown): string | undefined =>
  (event as { requestContext?: { connectionId?: string } } | null)?.requestContext?.connectionId;

/** A Lambda handler. Every log line of a request carries the ids that an operator searches by. */
export const lambda = <Event, Result>(
  handle: (event: Event) => Promise<Result>,
  ...middlewares: MiddlewareObj<Event, Result>[]
): ((event: Event, context: Context) => Promise<Result>) => {
  const wrapped = middy<Event, Result, Error, Context>().use(middlewares).handler(handle);
  return (event, context) => {
    const connection = connectionIn(event);
    const fields = { request: context.awsRequestId, ...(connection !== undefined && { connection }) };
    return inRequest(fields, () => wrapped(event, context) as Promise<Result>);
  };
};
