import type { Entry, MessageNew } from '../../schema/entries.ts';
import type { SyncReply, SyncRequest } from '../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Inbox, InboxHead, ReceiptFrame, Synced } from '../../schema/pushes.ts';

export type Held = {
  /** Everything from here up to the head is held; below nothing is claimed. */
  floor: number;
  entries: Map<number, Entry>;
  read: Map<UserId, number>;
};

type Reaction = { by: UserId; emoji: string; version: number; present: boolean };
type Message = {
  seq: number;
  text: string;
  version: number;
  deleted: boolean;
  reactions: Map<string, Reaction>;
};

/** What does not change once an entry is written. */
export const written = (entry: Entry): object => {
  const {
    version: _version,
    text: _text,
    deleted: _deleted,
    reactions: _reactions,
    ...rest
  } = entry as Entry & Record<string, unknown>;
  return rest;
};

export const inOrder = ({ entries }: Held): Entry[] =>
  [...entries.values()].sort((one, other) => one.seq - other.seq);

const begin = ({ seq, text, version = 0, deleted, reactions = {} }: MessageNew): Message => {
  const found = Object.entries(reactions).flatMap(([emoji, users]) =>
    users.map((by) => [`${by} ${emoji}`, { by, emoji, version: 0, present: true }] as const),
  );
  return { seq, text, version, deleted: deleted === true, reactions: new Map(found) };
};

const change = (message: Message, entry: Entry) => {
  if (entry.type === 'message.edited' && entry.text !== undefined && entry.version > message.version) {
    message.text = entry.text;
    message.version = entry.version;
  }
  if (entry.type === 'message.deleted')
    Object.assign(message, { text: '', deleted: true, reactions: new Map() });
  if (entry.type === 'message.reacted' && !message.deleted) {
    const { from: by, emoji, version } = entry;
    const known = message.reactions.get(`${by} ${emoji}`);
    if (version < (known?.version ?? 0)) return;
    message.reactions.set(`${by} ${emoji}`, { by, emoji, version, present: !entry.removed });
  }
};

/** Messages as the log makes them, in its order: what changed may have come before what it changes. */
export const messagesIn = (held: Held) => {
  const messages = new Map<number, Message>();
  for (const entry of inOrder(held)) {
    if (entry.type === 'message.new') messages.set(entry.seq, begin(entry));
    const target = 'target' in entry ? messages.get(entry.target) : undefined;
    if (target) change(target, entry);
  }
  return [...messages.values()].map(({ seq, text, deleted, reactions }) => {
    const present = [...reactions.values()].filter((one) => one.present);
    const users = [...Map.groupBy(present, ({ emoji }) => emoji)];
    return {
      seq,
      text,
      deleted,
      reactions: Object.fromEntries(users.map(([emoji, all]) => [emoji, all.map(({ by }) => by).sort()])),
    };
  });
};

export const headOf = ({ floor, entries }: Held): number => {
  let head = floor - 1;
  while (entries.has(head + 1)) head++;
  return head;
};
const hasHole = (held: Held) => Math.max(0, ...held.entries.keys()) > headOf(held);

/** The rules for clients of docs/PROTOCOL.md, as small as they go. */
export const modelClient = (user: UserId) => {
  const conversations = new Map<ConversationId, Held>();
  let mine: InboxHead | undefined;
  let since = 0;

  const hold = (conversation: ConversationId): Held => {
    const held = conversations.get(conversation) ?? {
      floor: 1,
      entries: new Map(),
      read: new Map(),
    };
    conversations.set(conversation, held);
    return held;
  };

  /** Delivery is at least once. */
  const applyTo = ({ entries }: Held, entry: Entry) => {
    if (!entries.has(entry.seq)) entries.set(entry.seq, entry);
  };

  const follow = ({ prev, version }: Inbox) => {
    if (mine?.version === prev) mine = { ...mine, version };
  };

  const applySynced = ({ conversation, entries, limited, head, receipts }: Synced) => {
    if (limited) conversations.delete(conversation);
    const held = hold(conversation);
    if (limited) held.floor = entries[0]?.seq ?? head + 1;
    for (const entry of entries) applyTo(held, entry);
    for (const { user: reader, read } of receipts)
      held.read.set(reader, Math.max(read, held.read.get(reader) ?? 0));
    // No silent gap: what was given reaches from what was held to the head.
    if (headOf(held) < head) throw new Error(`a gap in ${conversation}: ${headOf(held)} of ${head}`);
  };

  return {
    conversations,

    receive: ({ inbox, ...frame }: (Entry | ReceiptFrame) & { inbox?: Inbox }) => {
      if (inbox) follow(inbox);
      if (frame.type === 'receipt') {
        const { read } = hold(frame.conversation);
        read.set(frame.user, Math.max(frame.read, read.get(frame.user) ?? 0));
        return;
      }
      const entry = frame as Entry;
      applyTo(hold(entry.conversation), entry);
      if (entry.type === 'member.left' && entry.user === user) conversations.delete(entry.conversation);
    },

    /** What is held of each. A log with a hole is filled by what comes, or at a compare given up and loaded anew. */
    position: (by: 'inbox' | 'compare'): SyncRequest => {
      if (by === 'compare') {
        for (const [conversation, held] of conversations)
          if (hasHole(held)) conversations.delete(conversation);
      }
      const heads = [...conversations].map(([conversation, held]) => [conversation, headOf(held)] as const);
      const known = Object.fromEntries(heads.filter(([, head]) => head > 0));
      return { ...(by === 'inbox' && mine && { inbox: mine }), since, heads: known };
    },

    hasHoles: () => [...conversations.values()].some(hasHole),

    /** All pages of one sync. */
    apply: (pages: SyncReply[]) => {
      for (const { conversations: changed, gone = [] } of pages) {
        for (const synced of changed) applySynced(synced);
        for (const conversation of gone) conversations.delete(conversation);
      }
      const last = pages.at(-1);
      if (!last) return;
      mine = last.inbox;
      if (!last.belongsTo) return;
      since = last.now;
      const belongsTo = new Set(pages.flatMap((page) => page.belongsTo ?? []));
      for (const conversation of conversations.keys())
        if (!belongsTo.has(conversation)) conversations.delete(conversation);
    },
  };
};
