import { kept } from '../live.ts';
import type { Unsent } from '../outbox/outbox.ts';
import type { Item, Message } from '../types/conversation.ts';
import type { Entry, UserId } from '../wire.gen.ts';
import type { Change } from './fold.ts';
import { isShown, type Messages } from './messages.ts';

type Notable = Extract<Item, { kind: 'notice' }>['entry'];

/** A change that is on its way, as it will be: above any version that is known. */
const changeOf = ({ record: { frame } }: Unsent, from: UserId): Change | undefined => {
  const version = Number.POSITIVE_INFINITY;
  if (frame.action === 'editMessage') return { type: 'message.edited', text: frame.text, version };
  if (frame.action === 'deleteMessage') return { type: 'message.deleted' };
  if (frame.action === 'react')
    return {
      type: 'message.reacted',
      from,
      emoji: frame.emoji,
      version,
      ...(frame.remove && { removed: true }),
    };
  return undefined;
};

/** The lines of a conversation as they are shown, made once and kept until something in them changes. */
export const shelf = (messages: Messages, me: () => UserId, unsent: () => readonly Unsent[]) => {
  const made = new Map<number, Item>();
  const echoes = new Map<string, Message>();
  /** Who answers what: they show it. */
  const repliers = new Map<number, Set<number>>();
  let touched = new Set<number>();

  const forget = (seq: number) => {
    made.delete(seq);
    for (const replier of repliers.get(seq) ?? []) if (made.has(replier)) forget(replier);
  };

  const messageAt = (seq: number): Message | undefined => {
    const item = seq > 0 ? at(seq) : undefined;
    return item?.kind === 'message' ? item : undefined;
  };
  const replyOf = (seq: number, replyTo: number | undefined) => {
    if (replyTo === undefined || replyTo >= seq) return undefined;
    const others = repliers.get(replyTo) ?? new Set();
    repliers.set(replyTo, others.add(seq));
    return messageAt(replyTo);
  };

  const make = (seq: number): Item | undefined => {
    const changing = unsent().filter(({ record: { frame } }) => 'seq' in frame && frame.seq === seq);
    const changes = changing
      .filter(({ state }) => state !== 'failed')
      .flatMap((one) => changeOf(one, me()) ?? []);
    const found = messages.at(seq, changes);
    if (!found) {
      const entry = messages.base(seq);
      if (!isShown(entry)) return undefined;
      const { key, ts, from } = entry;
      return { kind: 'notice', key, seq, ts, from, entry: entry as Notable };
    }
    const { base, ...folded } = found;
    const { key, ts, from, messageType: type, replyTo } = base;
    const failed = changing.find(({ state }) => state === 'failed');
    const reply = replyOf(seq, replyTo);
    const changed = { error: failed?.error, refused: failed?.record.key, changing: changes.length > 0 };
    return {
      kind: 'message',
      key,
      seq,
      ts,
      from,
      type,
      replyTo,
      reply,
      ...folded,
      state: 'stored',
      ...changed,
    };
  };
  const at = (seq: number): Item | undefined => {
    const item = made.get(seq) ?? make(seq);
    if (item) made.set(seq, item);
    return item;
  };

  const echoOf = ({ record, state, error, seq }: Unsent): Message => {
    const { key, madeAt: ts, frame } = record;
    const { text, type = 'text', replyTo } = frame as { text: string; type?: string; replyTo?: number };
    const reply = replyTo === undefined ? undefined : messageAt(replyTo);
    const refused = error && key;
    const as = { reply, edited: false, deleted: false, reactions: none, error, refused, changing: false };
    const next: Message = { kind: 'message', key, seq, ts, from: me(), type, text, replyTo, state, ...as };
    const echo = kept(echoes.get(key), next);
    echoes.set(key, echo);
    return echo;
  };

  return {
    at,
    message: messageAt,
    forget,
    clear: () => made.clear(),
    /** What is unsent has changed. */
    unsentChanged: () => {
      const targets = unsent().flatMap(({ record: { frame } }) => ('seq' in frame ? [frame.seq] : []));
      for (const seq of [...touched, ...targets]) forget(seq);
      touched = new Set(targets);
    },
    /** Messages that are on their way, or not seen in the log yet. */
    echoes: (seen: (key: string) => boolean): Message[] => {
      const waiting = unsent().filter(
        ({ record }) => record.frame.action === 'sendMessage' && !seen(record.key),
      );
      return waiting.map(echoOf);
    },
    /** Entries that came: what they change is made anew. */
    taken: (entries: readonly Entry[]) => {
      for (const entry of entries) {
        forget('target' in entry ? entry.target : entry.seq);
        echoes.delete(entry.key);
      }
    },
  };
};
export type Shelf = ReturnType<typeof shelf>;

const none: Message['reactions'] = [];
