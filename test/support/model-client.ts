import type { Entry } from '../../schema/entries.ts';
import type { SyncReply, SyncRequest } from '../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Inbox, InboxHead, ReceiptFrame, Synced } from '../../schema/pushes.ts';
import { type Held, hasHole, headOf } from './held.ts';

/** What a frame's versions tell: `jump`, something is missing; `forgotten`, the inbox was. */
export type Noticed = 'nothing' | 'jump' | 'forgotten';

/** The rules for clients of docs/PROTOCOL.md, as small as they go. */
export const modelClient = (user: UserId) => {
  const conversations = new Map<ConversationId, Held>();
  /** The version with which each was pushed or left since a sync was asked: what was read before says less. */
  const pushed = new Map<ConversationId, number>();
  const left = new Map<ConversationId, number>();
  /** The entry that each was left by: what lies below it comes late. */
  const last = new Map<ConversationId, number>();
  /** Receipts may come before the conversation does. */
  const reads = new Map<ConversationId, Held['read']>();
  let mine: InboxHead | undefined;
  let since = 0;

  const readsIn = (conversation: ConversationId) => {
    const read = reads.get(conversation) ?? new Map<UserId, number>();
    reads.set(conversation, read);
    return read;
  };

  const hold = (conversation: ConversationId): Held => {
    const read = readsIn(conversation);
    const held = conversations.get(conversation) ?? { floor: 1, entries: new Map(), top: 0, read };
    conversations.set(conversation, held);
    return held;
  };

  /** Delivery is at least once. */
  const applyTo = ({ entries }: Held, entry: Entry) => {
    if (!entries.has(entry.seq)) entries.set(entry.seq, entry);
  };

  const follow = ({ prev, version }: Inbox): Noticed => {
    if (!mine || version <= mine.version) return 'nothing';
    if (prev !== mine.version) return prev > mine.version ? 'jump' : 'forgotten';
    mine = { ...mine, version };
    return 'nothing';
  };

  /** Pushes overtake each other: who was added again has not left. */
  const hasReturned = ({ entries }: Held, seq: number) =>
    [...entries.values()].some(
      (entry) => entry.type === 'member.joined' && entry.user === user && entry.seq > seq,
    );

  /** Who has left keeps nothing. */
  const quit = ({ conversation, seq }: Pick<Entry, 'conversation' | 'seq'>, version = 0) => {
    const held = conversations.get(conversation);
    if (held && hasReturned(held, seq)) return;
    conversations.delete(conversation);
    left.set(conversation, version);
    last.set(conversation, seq);
  };

  /** What is not held any more is not brought back by a straggler. */
  const isLate = ({ conversation, seq }: Pick<Entry, 'conversation' | 'seq'>, version: number) =>
    !conversations.has(conversation) &&
    (seq < (last.get(conversation) ?? 0) || (version > 0 && version <= (mine?.version ?? 0)));

  const take = (entry: Entry, version = 0) => {
    if (isLate(entry, version)) return;
    applyTo(hold(entry.conversation), entry);
    pushed.set(entry.conversation, version);
    if (entry.type === 'member.left' && entry.user === user) quit(entry, version);
  };

  const applySynced = ({ conversation, entries, limited, head, receipts }: Synced) => {
    const held = hold(conversation);
    if (limited) {
      for (const seq of held.entries.keys()) if (seq <= head) held.entries.delete(seq);
      held.floor = entries[0]?.seq ?? head + 1;
    }
    for (const entry of entries) applyTo(held, entry);
    for (const { user: reader, read } of receipts)
      held.read.set(reader, Math.max(read, held.read.get(reader) ?? 0));
    // No silent gap: what was given reaches from what was held to the head.
    if (headOf(held) < head) throw new Error(`a gap in ${conversation}: ${headOf(held)} of ${head}`);
  };

  return {
    conversations,
    mine: () => mine,
    follow,
    take,
    quit,

    /** An ack tells of a change of one's own that it is there, and not all that its entry says. */
    expect: (conversation: ConversationId, seq: number) => {
      const held = conversations.get(conversation);
      if (held) held.top = Math.max(held.top, seq);
    },

    /** One's own join was acknowledged: there is a log to read. */
    enter: ({ conversation, seq }: Pick<Entry, 'conversation' | 'seq'>, version = 0) => {
      if (isLate({ conversation, seq }, version)) return;
      const held = hold(conversation);
      held.top = Math.max(held.top, seq);
      pushed.set(conversation, version);
    },

    receive: ({ inbox, ...frame }: (Entry | ReceiptFrame) & { inbox?: Inbox }): Noticed => {
      if (frame.type === 'receipt') {
        const read = readsIn(frame.conversation);
        read.set(frame.user, Math.max(frame.read, read.get(frame.user) ?? 0));
      } else take(frame as Entry, inbox?.version);
      return inbox ? follow(inbox) : 'nothing';
    },

    /** What is held of each. A log with a hole is filled by what comes, or at a compare given up and loaded anew. */
    position: (by: 'inbox' | 'compare'): SyncRequest => {
      pushed.clear();
      left.clear();
      if (by === 'compare') {
        for (const [conversation, held] of conversations)
          if (hasHole(held)) conversations.delete(conversation);
      }
      const heads = [...conversations].map(([conversation, held]) => [conversation, headOf(held)] as const);
      const known = Object.fromEntries(heads.filter(([, head]) => head > 0));
      return { ...(by === 'inbox' && mine && { inbox: mine }), since, heads: known };
    },

    /** Whether less is held by now than a sync was asked from: its answer does not fit any more. */
    hasLost: ({ heads = {} }: SyncRequest) =>
      Object.entries(heads).some(([conversation, head]) => {
        const held = conversations.get(conversation as ConversationId);
        return !held || headOf(held) < head;
      }),

    hasHoles: () => [...conversations.values()].some(hasHole),

    /** All pages of one sync. `again`: somebody is writing, and the same is to be asked once more. */
    apply: (pages: SyncReply[]): { again: boolean } => {
      const last = pages.at(-1);
      if (!last) return { again: false };
      const { inbox, belongsTo } = last;
      const isNewer = (version = 0) => version > inbox.version;
      for (const { conversations: changed, gone = [] } of pages) {
        for (const synced of changed) if (!isNewer(left.get(synced.conversation))) applySynced(synced);
        for (const conversation of gone)
          if (!isNewer(pushed.get(conversation))) conversations.delete(conversation);
      }
      const again = pages.some((page) => page.conversations.some((synced) => synced.again));
      const isAhead = mine?.epoch === inbox.epoch && mine.version > inbox.version;
      if (!isAhead) mine = inbox;
      if (!belongsTo) return { again };
      since = last.now;
      const belongings = new Set(pages.flatMap((page) => page.belongsTo ?? []));
      for (const conversation of conversations.keys()) {
        if (!belongings.has(conversation) && !isNewer(pushed.get(conversation)))
          conversations.delete(conversation);
      }
      return { again };
    },
  };
};
