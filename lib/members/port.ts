import type { ConversationKind, Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Member, MemberIn } from '../conversations/port.ts';
import type { Change } from '../messages/port.ts';

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
  create(row: Omit<ConversationRow, 'headHint' | 'version' | 'change'>): Promise<boolean>;
  /** Writes both sides of one membership of a conversation that is being created. */
  add(conversation: ConversationId, member: MemberIn, peer: UserId | undefined): Promise<void>;
  /** Those who are in. */
  of(conversation: ConversationId): Promise<MemberIn[]>;
  /** Those who are in, and those who were, as `out`: what a rebuild must know. */
  known(conversation: ConversationId): Promise<Member[]>;
  member(conversation: ConversationId, user: UserId): Promise<MemberIn | undefined>;
  conversationsOf(user: UserId): Promise<Belonging[]>;
  /** Notes for all these users that the conversation was active; who writes does so every `activeEveryMs` at most. */
  active(conversation: ConversationId, users: UserId[], at: number): Promise<void>;
  /** A membership as its row has it, whatever its state. */
  standing(conversation: ConversationId, user: UserId): Promise<StandingMember | undefined>;
  /** Every row, whatever its state. */
  rows(conversation: ConversationId): Promise<StandingMember[]>;
  /**
   * Writes a membership where the row still has the version before; version 1 is the first. `refused` where it has
   * not, also because this very write was done already; `unknown`: written now, later or never.
   */
  change(conversation: ConversationId, row: StandingMember): Promise<'changed' | 'refused' | 'unknown'>;
  /** The user's side of a membership; the highest version stands. */
  belong(user: UserId, conversation: ConversationId, side: { in: boolean; version: number }): Promise<void>;
  /** Renames, where the row still has the version before; `undefined` leaves the title and raises the version. */
  retitle(conversation: ConversationId, titled: Titled): Promise<'changed' | 'refused' | 'unknown'>;
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
  /** Counts changes of the title. */
  version: number;
  change?: Change;
};

type Titled = { version: number; title: string | undefined; change: Change };

/** `joining` and `leaving` are claims: a change of members that is under way. Neither is a member. */
type MemberState = 'joining' | 'in' | 'leaving' | 'out';
export type StandingMember = {
  user: UserId;
  state: MemberState;
  role: Role;
  /** As in memory: of a direct conversation, whoever blocks the other. */
  blocking?: true;
  /** Counts changes of this membership. */
  version: number;
  change?: Change;
};

/** How old the last note of activity may be before all members get another. */
export const activeEveryMs = 900_000;

export type Belonging = { conversation: ConversationId; peer?: UserId; activeAt: number };

/** As memory knows a member: whoever is neither `in` nor about to be is out. */
export const asMember = ({ user, state, role, version, blocking }: StandingMember): Member => ({
  user,
  role: state === 'in' ? role : state === 'joining' ? state : 'out',
  version,
  ...(blocking && { blocking }),
});
