import type { UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import type { Finished } from '../conversations/port.ts';
import { isUnavailable } from '../errors.ts';
import { markAll } from './announce.ts';

/**
 * Tells memory. Where it had lost the sign of this writer, whoever asked meanwhile was told that nothing had changed:
 * all are marked once more. `false` where somebody may have been missed.
 */
export const finish = async (
  app: Pick<App, 'conversations' | 'connections'>,
  finished: Finished,
  members: UserId[],
): Promise<boolean> => {
  try {
    const { signed } = await app.conversations.finish(finished);
    return signed || !(await markAll(app, finished.conversation, members)).incomplete;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return false;
  }
};
