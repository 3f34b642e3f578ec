import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { isUnavailable } from '../errors.ts';
import type { Recipient } from '../outcome.ts';

export type Marks = {
  recipients: Map<UserId, Recipient>;
  /** Some inbox could not be marked: its user would not learn of the change. */
  incomplete: boolean;
};

/** Marks the conversation in the inbox of every user, all at once: each is one script on a slot of its own. */
export const markAll = async (
  app: Pick<App, 'connections'>,
  conversation: ConversationId,
  users: Iterable<UserId>,
): Promise<Marks> => {
  const marks: Marks = { recipients: new Map(), incomplete: false };
  const mark = async (user: UserId) => {
    try {
      marks.recipients.set(user, { user, ...(await app.connections.mark(user, conversation)) });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      marks.incomplete = true;
    }
  };
  await Promise.all(Array.from(users, mark));
  return marks;
};
