import type { ParleyError } from '../error.ts';
import type {
  ConversationId,
  Entry,
  Goodbye,
  PresenceFrame,
  ReceiptFrame,
  TypingFrame,
} from '../wire.gen.ts';
import type { ConnectionChange } from './connection.ts';

type EntryEvents = { [Type in Entry['type']]: Extract<Entry, { type: Type }> };

/**
 * Everything that can be heard of, by name. Entries are told once each and in order per conversation, also those that
 * were missed while the line was away; of a conversation that is new here, from when the caller came, and what was
 * there at the first connect is not told.
 */
export interface ParleyEvents extends EntryEvents {
  /** The connection made a step. */
  state: ConnectionChange;
  /** Any entry, whatever its type, also of types that this version does not know. */
  entry: Entry;
  /** Nothing is missing any more: after each connect, and after each repair. */
  synced: Record<string, never>;
  /** Too much was missed: the view of the conversation begins anew at its newest messages. */
  limited: { conversation: ConversationId };
  /** The server has lost these entries: nothing will come in their place. */
  missing: { conversation: ConversationId; seqs: number[] };
  /** A conversation is no longer yours. */
  gone: { conversation: ConversationId };
  receipt: ReceiptFrame;
  typing: TypingFrame;
  presence: PresenceFrame;
  goodbye: Goodbye;
  /** Something failed that nobody waits for. It is tried again where that may help. */
  error: ParleyError;
  /** A frame of a type that this version does not know. */
  unknown: { type: string } & Record<string, unknown>;
}
