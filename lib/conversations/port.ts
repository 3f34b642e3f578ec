import type { Entry, Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';

/**
 * What is remembered of a conversation, so that a send needs no read: its head, whose turn it is to write, its
 * members, the records of stored keys, its newest entries.
 *
 * It is a memory, never the truth: it may forget all of it, or any key of it, or go back to an older state, at any
 * time. An adapter MUST do each call in one step that no other call interleaves with; MUST decide by one clock;
 * MUST NOT create the state of a conversation except in `rebuild`; MUST NOT lower a head, a member's version or a
 * record. Every failure is an `unavailable` AppError, and the call may have been done.
 */
export type Conversations = {
  /** Asks to write: who is there, where the log ends, and whether this key is stored already. */
  enter(attempt: Attempt): Promise<Entered>;
  /**
   * Tells what was written, and lets the next one write. Where no state stands it voids any rebuild under way, which
   * may have read the log before this entry was in it.
   */
  finish(finished: Finished): Promise<Told>;
  /**
   * The first step of every change of members: voids any rebuild under way, and denies the one who is removed. The
   * last one is `finish`.
   */
  beginMembers(conversation: ConversationId, holder: string, denied?: Denied): Promise<void>;
  /** Gives the turn back after a refusal that left nothing of this attempt under way. */
  leave(conversation: ConversationId, holder: string): Promise<void>;
  /** Who is in, as far as is remembered; nobody where nothing is. */
  members(conversation: ConversationId): Promise<Member[]>;
  /** What a reader may be told from memory. */
  look(conversation: ConversationId, user: UserId, entries: number): Promise<Look>;
  /** The head was just found to be the last row of the log. */
  confirm(conversation: ConversationId, seq: number): Promise<void>;
  /** Puts newest entries read from the log; nothing where `patched` has changed since it was read. */
  fill(conversation: ConversationId, patched: string, entries: Entry[]): Promise<boolean>;
  /** Puts a token that never stood before, beginning with the one given, or shares the one that stands. */
  startRebuild(conversation: ConversationId, token: string): Promise<string>;
  /** Creates or raises the state while the token stands; takes the higher of everything. */
  rebuild(rebuilt: Rebuilt): Promise<boolean>;
  /**
   * Forgets the state, the members, the newest entries and the receipts, and with them any token. Not who is writing:
   * he may store what the next rebuild is too early to read.
   */
  drop(conversation: ConversationId): Promise<void>;
};

export type Head = { seq: number /** Milliseconds; 0 before entry 1. */; ts: number };
/**
 * `out` is the role of those who were removed: they are remembered, so that an older version cannot let them in.
 * Who is `joining` is marked, so that nothing is missed, but neither reads, writes nor is posted to.
 */
export type Member = {
  user: UserId;
  role: Role | 'joining' | 'out';
  version: number;
  /** Of a direct conversation: blocks the other, so that neither may write. */
  blocking?: true;
};

export type MemberIn = Member & { role: Role };
export const isIn = (member: Member): member is MemberIn =>
  member.role !== 'out' && member.role !== 'joining';

/** One word for what both stores keep of a member, and back. Only members of direct conversations block. */
export const wordOf = ({ role, blocking }: Pick<Member, 'role' | 'blocking'>): string =>
  blocking ? 'blocking' : role;
export const readWord = <R extends Member['role']>(word: string): { role: R; blocking?: true } =>
  word === 'blocking' ? { role: 'member' as R, blocking: true } : { role: word as R };

export type Attempt = {
  conversation: ConversationId;
  sender: UserId;
  key: string;
  /** Names this attempt; another attempt of the same send has another. */
  holder: string;
  /** Whether to wait for the turn (answered `busy` while another has it) or to go on without. */
  turn: boolean;
  /**
   * Above which seq an earlier attempt may lie: the head its author knew, `newest` for the newest 100, `nowhere`
   * where the key was made by the server.
   */
  after: number | 'newest' | 'nowhere';
  /** A change of what is there: the newest entries are forgotten, and this becomes `patched`. */
  patches?: string;
};

type Denied = Pick<Member, 'user' | 'version'>;

export type Entered =
  /** The key is stored already. */
  | ({ kind: 'recorded' } & Head)
  /** Nothing is remembered: rebuild. */
  | { kind: 'missing' }
  /** Not a member, as far as is remembered. */
  | { kind: 'stranger' }
  /** `after` lies above the remembered head. */
  | { kind: 'behind' }
  | { kind: 'too-old' }
  | { kind: 'busy' }
  | ({ kind: 'entered' } & Standing);

type Standing = {
  head: Head;
  members: Member[];
  /** Changes with every edit, delete or reaction. */
  patched: string;
  /** The clock of the memory. */
  now: number;
  /** When `active_at` was last written for all members. */
  activeAt: number;
  /** The entry above `after` that has this sender and key. */
  found?: Entry;
  /** Whether every entry above `after` was looked at. */
  looked: boolean;
};

export type Finished = {
  conversation: ConversationId;
  sender: UserId;
  key: string;
  holder: string;
  /** The highest of the head at `enter` and the last member or change entry met since: a lower head forgot it. */
  base: number;
  stored: Head;
  /** The entry for the newest ones, with the `patched` it was entered under; only where it was just written. */
  recent?: { entry: Entry; patched: string };
  /** When `active_at` of all members was written, if it was. */
  activeAt?: number;
  /** As in the attempt. */
  patches?: string;
  /** A membership as it is now: voids any rebuild under way. */
  member?: Member;
};

export type Told = {
  memory: 'raised' | 'dropped' | 'absent';
  /** Until now readers could see that this holder was writing. Else one may have been told that nothing had changed. */
  signed: boolean;
};

export type Look =
  | { kind: 'missing' }
  | { kind: 'stranger' }
  | {
      kind: 'seen';
      head: Head;
      /** Nobody entered within 100 s without finishing, and the head was looked at in the log within 60 s. */
      believed: boolean;
      /** Somebody entered within 10 s and has not finished. */
      writing: boolean;
      patched: string;
      role: Role;
      /** Newest first, contiguous down from the head; at most as many as asked for. */
      recent: Entry[];
    };

type Rebuilt = {
  conversation: ConversationId;
  token: string;
  /** For `patched`, where none stands. */
  patched: string;
  head: Head;
  members: Member[];
  activeAt: number;
};
