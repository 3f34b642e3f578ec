import type { Log } from '../conversation/log.ts';
import type { Member, Watermark } from '../types/conversation.ts';
import type { ConversationKind, Entry, Role, UserId, Watermarks, Conversation as Wire } from '../wire.gen.ts';
import type { Counted } from './unread.ts';

/** What is known of a conversation beside its log. */
export type Facts = {
  kind: ConversationKind | undefined;
  title: string | undefined;
  peer: UserId | undefined;
  role: Role | undefined;
  activeAt: number;
  /** Of the newest message, where one is known. */
  lastSeq: number;
  counted: Counted;
  receipts: ReadonlyMap<UserId, Watermark>;
  /** Where those joined who were not there from the beginning, as far as the log was read. */
  joined: Map<UserId, number>;
  members: readonly Member[];
  /** That is everybody. */
  hasAllMembers: boolean;
};

const nothing = (): Facts => ({
  kind: undefined,
  title: undefined,
  peer: undefined,
  role: undefined,
  activeAt: 0,
  lastSeq: 0,
  counted: { count: 0, more: false, head: 0 },
  receipts: new Map(),
  joined: new Map(),
  members: [],
  hasAllMembers: false,
});

/** Keeps the facts of a conversation as entries, receipts and the list tell them. */
export const factsOf = (me: () => UserId, log: () => Log | undefined, describe: () => void) => {
  let facts = nothing();
  /** Where title and role were last told in the log: what was read below that is older. */
  let toldAt = 0;
  /** How far the caller has read, as the server knows it. */
  let toldRead = 0;

  /** What the server counted is settled by what was read since, or must be asked anew. */
  const recount = (read: number, isTold: boolean) => {
    const { counted } = facts;
    if (counted.count === 0 && !counted.more) return;
    if (read >= counted.head) facts.counted = { count: 0, more: false, head: read };
    else if (isTold && read + 1 < (log()?.floor() ?? 0)) describe();
  };

  return {
    get: (): Readonly<Facts> => facts,
    forget: () => {
      facts = nothing();
      toldRead = 0;
    },
    change: (some: Partial<Facts>) => Object.assign(facts, some),
    /** Entries of any part of the log. */
    joined: (entries: readonly Entry[]) => {
      for (const entry of entries)
        if (entry.type === 'member.joined')
          facts.joined.set(entry.user, Math.max(entry.seq, facts.joined.get(entry.user) ?? 0));
    },
    /** Of the caller, as it was when the log had this head. */
    role: (role: Role, head: number) => {
      if (head >= toldAt) facts.role = role;
    },
    /** `isTold`: by the server. What is only shown beforehand it cannot have counted yet. */
    receipt: ({ user, delivered, read }: Watermarks, isTold: boolean) => {
      if (user === me() && read > (isTold ? toldRead : (facts.receipts.get(user)?.read ?? 0)))
        recount(read, isTold);
      if (user === me() && isTold) toldRead = Math.max(toldRead, read);
      const { delivered: hadDelivered = 0, read: hadRead = 0 } = facts.receipts.get(user) ?? {};
      if (delivered <= hadDelivered && read <= hadRead && facts.receipts.has(user)) return;
      const next = { delivered: Math.max(delivered, hadDelivered), read: Math.max(read, hadRead) };
      facts.receipts = new Map(facts.receipts).set(user, next);
    },
    /** What the list says of it. */
    learn: ({ kind, title, peer, role, head, unread, activeAt, lastMessage }: Wire) => {
      Object.assign(facts, { kind, peer, counted: { ...unread, head } });
      facts.activeAt = Math.max(activeAt, facts.activeAt);
      facts.lastSeq = Math.max(lastMessage?.seq ?? 0, facts.lastSeq);
      if (head >= toldAt) Object.assign(facts, { title, role });
    },
    /** An entry that is next in line. */
    take: (entry: Entry) => {
      const { type, seq, ts } = entry;
      facts.activeAt = Math.max(facts.activeAt, ts);
      if (type === 'message.new') facts.lastSeq = Math.max(facts.lastSeq, seq);
      else if (type === 'message.deleted') {
        // Whether it was counted is known to the server alone.
        const isCounted = entry.target <= facts.counted.head && entry.target < (log()?.floor() ?? 0);
        if (isCounted && facts.counted.count > 0) describe();
      } else if (type === 'conversation.created') {
        const peer = entry.kind === 'direct' ? entry.members.find((user) => user !== me()) : undefined;
        const role = entry.kind !== 'direct' && entry.from === me() ? 'owner' : 'member';
        Object.assign(facts, { kind: entry.kind, title: facts.title ?? entry.title, peer });
        facts.role ??= role;
      } else if (type === 'conversation.updated') {
        facts.title = entry.title;
        toldAt = seq;
      } else if ('role' in entry && entry.user === me()) {
        facts.role = entry.role;
        toldAt = seq;
      }
    },
  };
};
export type FactsOf = ReturnType<typeof factsOf>;
