import type { ConversationKind } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Member } from '../conversations/port.ts';

/**
 * Who belongs to what: a conversation's row, its members, and each user's conversations. The truth for
 * authorization. An adapter MUST write conversation and member rows conditionally, so that the first one stands;
 * MUST show a decisive reader every write that was answered. Failures are `unavailable` AppErrors, and the write may
 * have been done: every method may be called again.
 */
export type Members = {
  /** The row of a conversation; without it the conversation does not exist yet. */
  conversation(conversation: ConversationId): Promise<ConversationRow | undefined>;
  /** Writes the row last of all; `false` where there is one. */
  create(row: Omit<ConversationRow, 'headHint'>): Promise<boolean>;
  /** Writes both sides of one membership of a conversation that is being created. */
  add(conversation: ConversationId, member: Member, peer: UserId | undefined): Promise<void>;
  /** Those who are in. */
  of(conversation: ConversationId): Promise<Member[]>;
  /** Those who are in, and those who were, as `out`: what a rebuild must know. */
  known(conversation: ConversationId): Promise<Member[]>;
  member(conversation: ConversationId, user: UserId): Promise<Member | undefined>;
  conversationsOf(user: UserId): Promise<Belonging[]>;
  /** Notes for all these users that the conversation was active. */
  active(conversation: ConversationId, users: UserId[], at: number): Promise<void>;
  /** A seq that is stored, as a hint for finding the head. */
  hint(conversation: ConversationId, seq: number): Promise<void>;
};

export type ConversationRow = {
  id: ConversationId;
  kind: ConversationKind;
  title?: string;
  creator: UserId;
  /** A digest of what was asked for, so that another request with the same key is told apart. */
  request: string;
  createdAt: number;
  headHint: number;
};

export type Belonging = { conversation: ConversationId; peer?: UserId; activeAt: number };
