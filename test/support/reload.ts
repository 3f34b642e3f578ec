import type { App } from '../../lib/app.ts';
import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { type messagesIn, written } from './held.ts';

type Uses = Pick<App, 'members' | 'messages' | 'receipts'>;
type Reloaded = {
  entries: object[];
  messages: ReturnType<typeof messagesIn>;
  /** Read watermarks, of those who have any. */
  read: Record<UserId, number>;
};

/** The log itself, beside what the actions make of it. */
export const logOf = (app: Pick<App, 'messages'>, conversation: ConversationId): Promise<Entry[]> =>
  app.messages.range(conversation, { low: 1, high: Number.MAX_SAFE_INTEGER, limit: 10_000, order: 'up' });

/** What a full reload gives a user: straight from the rows. */
export const reload = async (app: Uses, user: UserId): Promise<Map<ConversationId, Reloaded>> => {
  const state = new Map<ConversationId, Reloaded>();
  for (const { conversation } of await app.members.conversationsOf(user)) {
    const log = await logOf(app, conversation);
    const reactions = await app.messages.reactions(conversation, 1, log.length);
    const messages = log.flatMap((entry) => {
      if (entry.type !== 'message.new') return [];
      const { seq, text, deleted = false } = entry;
      const own = deleted ? {} : (reactions.get(seq) ?? {});
      return [
        {
          seq,
          text,
          deleted,
          reactions: Object.fromEntries(Object.entries(own).map(([one, by]) => [one, [...by].sort()])),
        },
      ];
    });
    const read = (await app.receipts.of(conversation))
      .filter((one) => one.read > 0)
      .map((one) => [one.user, one.read]);
    state.set(conversation, { entries: log.map(written), messages, read: Object.fromEntries(read) });
  }
  return state;
};
