import { AsyncLocalStorage } from 'node:async_hooks';
import { createTally, type Tally } from './metrics/tally.ts';

/** What goes through one invocation beside its arguments: it decides nothing, and is written down at the end. */
export type Request = {
  /** What every line of it carries. Ids only: never text, tokens or what a client made up unchecked. */
  fields: Record<string, unknown>;
  /** When the gateway took it, in milliseconds since 1970; nothing where no client waits. */
  begunAt: number | undefined;
  tally: Tally;
};

const current = new AsyncLocalStorage<Request>();

export const openRequest = (fields: Request['fields'], begunAt: Request['begunAt']): Request => ({
  fields,
  begunAt,
  tally: createTally(),
});
export const inRequest = <T>(request: Request, work: () => T): T => current.run(request, work);

/** `undefined` outside of an invocation, as in a test of an action. */
export const requestNow = (): Request | undefined => current.getStore();

/** Adds to what every further line carries; what is `undefined` is left out. */
export const tag = (fields: Record<string, unknown>): void => {
  Object.assign(current.getStore()?.fields ?? {}, fields);
};
