import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { errors } from '../../schema/errors.ts';
import { type AppError, asAppError } from '../errors.ts';
import { inRequest, log } from '../log.ts';

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

/** One line for each refusal, written where it becomes an answer. Clients' mistakes are not ours to act on. */
export const report = (event: string, thrown: unknown): AppError => {
  const error = asAppError(thrown);
  const fields = { code: error.code, ...(error.cause !== undefined && { cause: error.cause }) };
  if (error.code === 'internal') log.error(event, fields);
  else if (errors[error.code].status >= 500) log.warn(event, fields);
  else log.info(event, fields);
  return error;
};
