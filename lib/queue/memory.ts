import type { Publication } from '../outcome.ts';
import type { Queue } from './port.ts';

/** Delivers at once, what travelled as JSON: for where there is no queue, and nothing ends with an invocation. */
export const memoryQueue = (work: (publication: Publication) => Promise<void>): Queue => ({
  put: (publication) => work(JSON.parse(JSON.stringify(publication)) as Publication),
});
