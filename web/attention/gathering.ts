import type { Chat, MessageNew } from '@parley/client/chat';

/** What comes within this is of one moment: so comes all that was missed while there was no connection. */
const gatherMs = 300;

/** Tells of messages that count, those of one moment and one conversation together. Returns the end of that. */
export const gather = (
  parley: Chat,
  counts: (message: MessageNew) => boolean,
  tell: (newest: MessageNew, all: readonly MessageNew[]) => void,
): (() => void) => {
  const ending = new AbortController();
  const { signal } = ending;
  const waiting = new Map<string, MessageNew[]>();
  const flush = (conversation: string) => {
    const all = waiting.get(conversation) ?? [];
    waiting.delete(conversation);
    const newest = all.at(-1);
    if (newest && !signal.aborted) tell(newest, all);
  };
  parley.on(
    'message.new',
    (message) => {
      if (!counts(message)) return;
      const { conversation } = message;
      const all = waiting.get(conversation);
      if (all) all.push(message);
      else {
        waiting.set(conversation, [message]);
        setTimeout(flush, gatherMs, conversation);
      }
    },
    { signal },
  );
  parley.on(
    'message.deleted',
    ({ conversation, target }) => {
      const all = waiting.get(conversation);
      const at = all?.findIndex(({ seq }) => seq === target) ?? -1;
      if (at >= 0) all?.splice(at, 1);
    },
    { signal },
  );
  return () => ending.abort();
};
