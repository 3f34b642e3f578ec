import type { ConversationId } from '../../schema/ids.ts';

/**
 * Work that must survive its handler. The sweep does it and takes the note away last, so it may be done twice. An
 * adapter MUST keep a note for 3 days unless it is taken away. Failures are `unavailable` AppErrors.
 */
export type Unannounced = {
  note(note: Note): Promise<void>;
  forget(note: Note): Promise<void>;
  /** Every note that stands. */
  all(): AsyncIterable<Note>;
};

export type Note = {
  conversation: ConversationId;
  seq: number;
  /** `entry`: members may not have been told of it. `creation`: entry 1 may not be stored. */
  kind: 'entry' | 'creation';
  /** Milliseconds since 1970. */
  at: number;
};
