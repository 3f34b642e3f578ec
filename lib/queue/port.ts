import type { Publication } from '../outcome.ts';

/**
 * Posts that one invocation does not make itself. An adapter MUST keep what was put until a function has delivered
 * it, and MUST hand it over at least once; it MAY do so twice, late and in any order, for clients drop what they have.
 * A failure to put is an `unavailable` AppError, and it may have been put.
 */
export type Queue = {
  /** At most `limits.inlinePosts` connections at a time, each with the end of its token: it may be over by then. */
  put(publication: Publication): Promise<void>;
};
