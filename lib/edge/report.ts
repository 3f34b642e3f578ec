import { errors } from '../../schema/errors.ts';
import { type AppError, asAppError } from '../errors.ts';
import type { Log } from '../log.ts';

/** One line for each refusal, written where it becomes an answer. Clients' mistakes are not ours to act on. */
export const report = (log: Log, event: string, thrown: unknown): AppError => {
  const error = asAppError(thrown);
  const fields = { code: error.code, ...(error.cause !== undefined && { cause: error.cause }) };
  if (error.code === 'internal') log.error(event, fields);
  else if (errors[error.code].status >= 500) log.warn(event, fields);
  else log.info(event, fields);
  return error;
};
