import type { Stored } from '../../schema/http/conversations.ts';
import type { ConversationId } from '../../schema/ids.ts';
import type { Ack, InboxHead } from '../../schema/pushes.ts';
import type { Appended } from '../entries/append.ts';
import type { Outcome } from '../outcome.ts';

type Asked = { id?: string | undefined };
type Place = { conversation: ConversationId; key: string };

/**
 * What a socket is answered once its entry is stored. `before` is the inbox as the gate found it. Where the gate was
 * away it may not know the connection by now: without an inbox its client syncs, and that registers it.
 */
export const acked = (
  { id }: Asked,
  { conversation, key }: Place,
  { stored, inbox, ...perform }: Appended,
  before: InboxHead | undefined,
): Outcome<Ack> => {
  // A repeat changes no inbox: it tells where the inbox stands.
  const stood = before && { prev: before.version, version: before.version };
  const stands = before && (inbox ?? (perform.publish ? undefined : stood));
  return {
    reply: {
      type: 'ack',
      ...(id !== undefined && { id }),
      key,
      conversation,
      ...stored,
      ...(stands && { inbox: stands }),
    },
    ...perform,
  };
};

/** The same over HTTP. */
export const answered = (
  { conversation, key }: Place,
  { stored, inbox: _, ...perform }: Appended,
): Outcome<Stored> => ({ reply: { key, conversation, ...stored }, ...perform });
