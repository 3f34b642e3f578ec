import type { Entry, MessageNew } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import type { App } from '../app.ts';

type Uses = Pick<App, 'messages'>;

const isMessage = (entry: Entry | undefined): entry is MessageNew => entry?.type === 'message.new';

/** Texts of edits as they are now; an edit of what was deleted since has none. */
const withText = (entry: Entry, targets: Map<number, Entry | undefined>): Entry => {
  if (entry.type !== 'message.edited') return entry;
  const target = targets.get(entry.target);
  if (!isMessage(target)) return entry;
  const { version = entry.version, deleted, text } = target;
  return deleted ? entry : { ...entry, version, text };
};

/** The message that an edit names: entries of edits hold no text, so that a deleted text is nowhere. */
export const joinTexts = async (
  app: Uses,
  conversation: ConversationId,
  entries: Entry[],
): Promise<Entry[]> => {
  const here = new Map(entries.map((entry) => [entry.seq, entry]));
  const named = new Set(entries.flatMap((entry) => (entry.type === 'message.edited' ? [entry.target] : [])));
  const targets = new Map(
    await Promise.all(
      [...named].map(
        async (seq) => [seq, here.get(seq) ?? (await app.messages.at(conversation, seq))] as const,
      ),
    ),
  );
  return entries.map((entry) => withText(entry, targets));
};

/** Puts to each message who reacted to it. */
export const joinReactions = async (
  app: Uses,
  conversation: ConversationId,
  entries: Entry[],
): Promise<Entry[]> => {
  const messages = entries.filter(isMessage).map(({ seq }) => seq);
  if (messages.length === 0) return entries;
  const reactions = await app.messages.reactions(conversation, Math.min(...messages), Math.max(...messages));
  return entries.map((entry) => {
    const own = isMessage(entry) && !entry.deleted ? reactions.get(entry.seq) : undefined;
    return own ? { ...entry, reactions: own } : entry;
  });
};
