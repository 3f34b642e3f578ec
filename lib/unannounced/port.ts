import type { ConversationId, UserId } from '../../schema/ids.ts';

/**
 * Work that must survive its handler. The sweep does it and takes the note away last, so it may be done twice. An
 * adapter MUST keep a note for 3 days unless it is taken away, and MUST keep the notes of two attempts of one change
 * apart: who has done what the older one says takes only that away. Failures are `unavailable` AppErrors.
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
  /**
   * `entry`: members may not have been told of it. `creation`: entry 1 may not be stored. `block`: the members of a
   * direct conversation may not say who of them blocks the other.
   */
  kind: 'entry' | 'creation' | 'block' | ChangeKind;
  /** Of a change: the identity of the entry that tells of it. Of a block: who sets it or takes it away. */
  by?: { from: UserId; key: string };
  /** The emoji of a reaction, the user of a membership or a block. */
  of?: string;
  /** Milliseconds since 1970. */
  at: number;
};

/** A change that may be half-way: of the message at `seq`, a reaction to it, a membership, the conversation's title. */
export type ChangeKind = 'message' | 'reaction' | 'member' | 'title';
export type ChangeNote = Note & { kind: ChangeKind; by: { from: UserId; key: string } };
