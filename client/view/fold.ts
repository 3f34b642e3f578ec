import type { Reaction } from '../types/conversation.ts';
import type { Entry, MessageNew, UserId } from '../wire.gen.ts';

/** A change of a message: an entry of the log, or one of one's own that is not stored yet. */
export type Change =
  | Pick<Extract<Entry, { type: 'message.edited' }>, 'type' | 'text' | 'version'>
  | Pick<Extract<Entry, { type: 'message.deleted' }>, 'type'>
  | Pick<Extract<Entry, { type: 'message.reacted' }>, 'type' | 'from' | 'emoji' | 'removed' | 'version'>;

/** What a message is now. */
export type Folded = { text: string; edited: boolean; deleted: boolean; reactions: readonly Reaction[] };

/**
 * A message and the changes of it in the order of the log. What it was read with already holds some of them: of a text
 * and of each reaction the highest version counts.
 */
export const fold = (base: MessageNew, changes: readonly Change[]): Folded => {
  let { text, version = 0, deleted = false } = base as { text: string; version?: number; deleted?: boolean };
  const reactions = new Map<string, Map<UserId, { version: number; is: boolean }>>();
  const of = (emoji: string) => {
    const users = reactions.get(emoji) ?? new Map();
    reactions.set(emoji, users);
    return users;
  };
  for (const [emoji, users] of Object.entries(base.reactions ?? {}))
    for (const user of users) of(emoji).set(user, { version: 0, is: true });

  for (const change of changes) {
    if (change.type === 'message.deleted') deleted = true;
    else if (change.type === 'message.reacted') {
      const users = of(change.emoji);
      if (change.version >= (users.get(change.from)?.version ?? 0))
        users.set(change.from, { version: change.version, is: !change.removed });
    } else if (change.type === 'message.edited' && change.text !== undefined && change.version > version) {
      text = change.text;
      version = change.version;
    }
  }
  if (deleted) return { text: '', edited: false, deleted, reactions: [] };
  return {
    text,
    edited: version > 0,
    deleted,
    reactions: [...reactions]
      .map(([emoji, users]) => ({
        emoji,
        users: [...users].filter(([, { is }]) => is).map(([user]) => user),
      }))
      .filter(({ users }) => users.length > 0),
  };
};
