import { nameChain } from './errors.ts';
import { count } from './metrics/measure.ts';
import { requestNow } from './request.ts';

/**
 * JSON lines: an event in the past tense, and fields. Never text of messages, tokens, statements or the words of an
 * exception: of a cause only its names are written. docs/OPERATIONS.md lists the events.
 */
export type Log = {
  /** A line a request, and what clients did wrong. */
  info(event: string, fields?: Fields): void;
  /** It healed, but watch it. */
  warn(event: string, fields?: Fields): void;
  /** Somebody must act. */
  error(event: string, fields?: Fields): void;
};

type Fields = Record<string, unknown> & { cause?: unknown };

const line = (level: string, event: string, { cause, ...fields }: Fields) => {
  const at = new Date().toISOString();
  const named = cause === undefined ? fields : { ...fields, cause: nameChain(cause) };
  console.log(JSON.stringify({ level, at, event, ...requestNow()?.fields, ...named }));
};

export const log: Log = {
  info: (event, fields = {}) => line('info', event, fields),
  warn: (event, fields = {}) => {
    count('warnings');
    line('warn', event, fields);
  },
  error: (event, fields = {}) => {
    count('errors');
    line('error', event, fields);
  },
};
