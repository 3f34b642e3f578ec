import type { Entry, Inbox, MessageNew, Stored, UserId } from '../../wire.gen.ts';
import { idBy } from '../chance.ts';
import type { Retry } from './asked.ts';
import { inboxOf, markAll, publish } from './inbox.ts';
import { limits, rules } from './limits.ts';
import { blocked, noConversation, Refusal } from './refusal.ts';
import { areApart, type Connection, type Conversation, membersOf, type User, type World } from './world.ts';

type WithoutPlace<E> = E extends Entry ? Omit<E, 'seq' | 'ts'> : never;
/** An entry that has no place in the log yet. */
export type Draft = WithoutPlace<Entry>;

export type Written = Stored & { inbox?: Inbox };

export const headOf = ({ log }: Conversation): number => log.length;
export const isMessage = (entry: Entry | undefined): entry is MessageNew => entry?.type === 'message.new';
const nameOf = (from: UserId, key: string) => `${from} ${key}`;

/** The next place is its own. */
export const place = (world: World, conversation: Conversation, draft: Draft): Entry => {
  const now = world.clock.now();
  const ts = Math.max(now, conversation.log.at(-1)?.ts ?? 0);
  const entry = { ...draft, seq: headOf(conversation) + 1, ts } as Entry;
  conversation.log.push(entry);
  conversation.keys.set(nameOf(entry.from, entry.key), { seq: entry.seq, at: now });
  return entry;
};

/** Texts of edits, as they are now: the log itself holds none. */
export const withText = ({ log }: Conversation, entry: Entry): Entry => {
  if (entry.type !== 'message.edited') return entry;
  const target = log[entry.target - 1];
  if (!isMessage(target) || target.deleted) return entry;
  return { ...entry, version: target.version ?? entry.version, text: target.text };
};

/** Tells everybody of an entry; also again, of one that a retry found. */
export const announce = (
  world: World,
  conversation: Conversation,
  entry: Entry,
  except: Connection | undefined,
): Map<User, Inbox> => {
  const users = new Set(membersOf(conversation));
  if ('user' in entry) users.add(entry.user);
  const marks = markAll(world, conversation.id, users);
  publish(world, withText(conversation, entry), marks, except);
  return marks;
};

/** An earlier attempt of the same, where it is looked for: above `after`, or among the newest. */
const foundIn = (
  conversation: Conversation,
  from: UserId,
  { key, after }: Retry,
): { seq: number; at: number } | undefined => {
  const head = headOf(conversation);
  if (after !== undefined && after > head) {
    throw new Refusal('bad-request', '`after` lies beyond the last entry', { pointer: '/after' });
  }
  if (after !== undefined && head - after > limits.retryEntries) {
    throw new Refusal('retry-too-old', 'too much was written since `after`');
  }
  const found = key === undefined ? undefined : conversation.keys.get(nameOf(from, key));
  return found && found.seq > (after ?? head - limits.recentEntries) ? found : undefined;
};

export type Writing = {
  conversation: Conversation | undefined;
  from: User;
  retry: Retry;
  /** The connection that sent it: it gets the answer only. */
  except?: Connection | undefined;
  /** Says something to the other of a direct conversation. */
  addresses?: boolean;
  /** A change of members: rights are asked of what is to be found, not of membership. */
  anyone?: boolean;
  /** Another entry that it names, which must exist. */
  refersTo?: number | undefined;
  /** What becomes the entry; throws where it may not be. */
  make: (key: string, conversation: Conversation) => Draft;
};

/** Gives something its place in a log, once for a sender and key, and tells everybody. */
export const write = (world: World, writing: Writing): Written => {
  const { conversation, from, retry, except } = writing;
  if (!conversation) throw noConversation();
  const before = inboxOf(from).version;
  const key = retry.key ?? idBy(world.chance);
  const at = { key, conversation: conversation.id };
  const known = retry.key && conversation.keys.get(nameOf(from.id, retry.key));
  if (known && !writing.anyone && world.clock.now() - known.at < rules.keyMs) {
    const { seq, ts } = conversation.log[known.seq - 1] as Entry;
    return { ...at, seq, ts, inbox: { prev: before, version: before } };
  }
  if (!writing.anyone && !conversation.members.get(from.id)?.in) throw noConversation();
  const found = foundIn(conversation, from.id, retry);
  if (!found) {
    const users = membersOf(conversation).flatMap((id) => world.users.get(id) ?? []);
    const [one, other] = users;
    const apart = conversation.kind === 'direct' && one && other && areApart(one, other);
    if (writing.addresses && apart) throw blocked();
    if (writing.refersTo !== undefined && writing.refersTo > headOf(conversation)) {
      throw new Refusal('bad-request', 'it refers to an entry that does not exist', { pointer: '/replyTo' });
    }
  }
  const entry = found
    ? (conversation.log[found.seq - 1] as Entry)
    : place(world, conversation, writing.make(key, conversation));
  const inbox = announce(world, conversation, entry, except).get(from);
  return { ...at, seq: entry.seq, ts: entry.ts, ...(inbox && { inbox }) };
};
