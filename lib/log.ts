import { AsyncLocalStorage } from 'node:async_hooks';
import { nameChain } from './errors.ts';

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

/** What every line of one request carries. */
const request = new AsyncLocalStorage<Record<string, unknown>>();
export const inRequest = <T>(fields: Record<string, unknown>, work: () => T): T => request.run(fields, work);

const line = (level: string, event: string, { cause, ...fields }: Fields) => {
  const at = new Date().toISOString();
  const named = cause === undefined ? fields : { ...fields, cause: nameChain(cause) };
  console.log(JSON.stringify({ level, at, event, ...request.getStore(), ...named }));
};

export const log: Log = {
  info: (event, fields = {}) => line('info', event, fields),
  warn: (event, fields = {}) => line('warn', event, fields),
  error: (event, fields = {}) => line('error', event, fields),
};
