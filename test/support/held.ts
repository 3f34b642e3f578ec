import type { Entry, MessageNew } from '../../schema/entries.ts';
import type { UserId } from '../../schema/ids.ts';

/** What a client holds of one log. */
export type Held = {
  /** Everything from here up to the head is held; below nothing is claimed. */
  floor: number;
  entries: Map<number, Entry>;
  /** The highest seq that is known to be there. */
  top: number;
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
export const hasHole = (held: Held) => Math.max(held.top, ...held.entries.keys()) > headOf(held);
