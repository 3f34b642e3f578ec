import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { errors } from '../../schema/errors.ts';
import { config } from '../config.ts';
import { type AppError, asAppError } from '../errors.ts';
import { log } from '../log.ts';
import { emf } from '../metrics/emf.ts';
import { count, measure } from '../metrics/measure.ts';
import { inRequest, openRequest, type Request } from '../request.ts';

type Gateways = {
  requestContext?: { connectionId?: string; requestTimeEpoch?: number; timeEpoch?: number };
};

/** The ids that an operator searches by, and when the gateway took it. */
const requestOf = (event: unknown, { awsRequestId, functionName }: Context): Request => {
  const { connectionId, requestTimeEpoch, timeEpoch } = (event as Gateways | null)?.requestContext ?? {};
  const fields = {
    function: functionName,
    request: awsRequestId,
    ...(connectionId !== undefined && { connection: connectionId }),
  };
  return openRequest(fields, requestTimeEpoch ?? timeEpoch);
};

let isCold = true;
const noteStart = () => {
  if (isCold) {
    count('coldStarts');
    measure('initMs', process.uptime() * 1_000);
  }
  isCold = false;
};

/** One line, as a rule, for all that an invocation has counted. */
const writeTally = ({ tally }: Request) => {
  if (config().PARLEY_METRICS === 'none') return;
  for (const fields of emf(tally, config().PARLEY_STAGE, Date.now())) log.info('invocation.measured', fields);
};

/** What it counts is written when it is over, so that nothing waits for it. */
export const measured = <T>(request: Request, work: () => Promise<T>): Promise<T> =>
  inRequest(request, async () => {
    try {
      return await work();
    } finally {
      writeTally(request);
    }
  });

/** A Lambda handler. */
export const lambda = <Event, Result>(
  handle: (event: Event) => Promise<Result>,
  ...middlewares: MiddlewareObj<Event, Result>[]
): ((event: Event, context: Context) => Promise<Result>) => {
  const wrapped = middy<Event, Result, Error, Context>().use(middlewares).handler(handle);
  return (event, context) =>
    measured(requestOf(event, context), async () => {
      noteStart();
      return (await wrapped(event, context)) as Result;
    });
};

/** One line for each refusal, written where it becomes an answer. Clients' mistakes are not ours to act on. */
export const report = (event: string, thrown: unknown): AppError => {
  const error = asAppError(thrown);
  const isOurs = errors[error.code].status >= 500;
  count('refusals', 1, error.code);
  if (isOurs) count('faults');
  const fields = { code: error.code, ...(error.cause !== undefined && { cause: error.cause }) };
  if (error.code === 'internal') log.error(event, fields);
  else if (isOurs) log.warn(event, fields);
  else log.info(event, fields);
  return error;
};
