import type {
  ConversationPage,
  Conversation as Described,
  Entry,
  EntryPage,
  MemberPage,
  Unread,
  UnreadTotal,
} from '../../../wire.gen.ts';
import type { MessagesQuery, Page } from '../asked.ts';
import { limits } from '../limits.ts';
import { headOf, isMessage, withText } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { type Conversation, conversationsOf, membersOf, peerOf, type User, type World } from '../world.ts';
import { open, seal } from './cursors.ts';
import { marksOf } from './receipts.ts';

/** An entry with who reacted to it, as pages and syncs give it. */
export const withReactions = ({ reactions }: Conversation, entry: Entry): Entry => {
  if (!isMessage(entry) || entry.deleted) return entry;
  const present = [...reactions.values()].filter(({ seq, present }) => present && seq === entry.seq);
  if (present.length === 0) return entry;
  const byEmoji: Record<string, string[]> = {};
  for (const { emoji, user } of present) byEmoji[emoji] = [...(byEmoji[emoji] ?? []), user];
  return { ...entry, reactions: byEmoji };
};

const unreadOf = (conversation: Conversation, user: User): Unread => {
  const { read } = marksOf(conversation, user.id);
  const above = headOf(conversation) - read;
  const newest = conversation.log.slice(
    -Math.min(Math.max(above, 0), limits.recentEntries) || headOf(conversation),
  );
  const counts = (entry: Entry) =>
    isMessage(entry) && entry.seq > read && entry.from !== user.id && !entry.deleted;
  return { count: newest.filter(counts).length, more: above > limits.recentEntries };
};

/** A conversation as it stands in its member's list. */
export const describe = (conversation: Conversation, user: User): Described => {
  const { id, kind, title, log, members } = conversation;
  const peer = peerOf(conversation, user.id);
  const last = log.slice(-limits.recentEntries).findLast(isMessage);
  return {
    id,
    kind,
    ...(title !== undefined && { title }),
    ...(peer !== undefined && { peer }),
    role: members.get(user.id)?.role ?? 'member',
    head: headOf(conversation),
    unread: unreadOf(conversation, user),
    activeAt: log.at(-1)?.ts ?? 0,
    ...(last && { lastMessage: withReactions(conversation, last) as typeof last }),
  };
};

type Place = { activeAt: number; id: string };
const isAfter = (a: Place, b: Place) => a.activeAt < b.activeAt || (a.activeAt === b.activeAt && a.id > b.id);

export const listConversations = (world: World, user: User, { limit, cursor }: Page): ConversationPage => {
  const list = `conversations ${user.id}`;
  const from = cursor === undefined ? undefined : open<Place>(list, cursor);
  const all = conversationsOf(world, user.id).map((conversation) => describe(conversation, user));
  const rest = all.filter((one) => !from || isAfter(one, from));
  rest.sort((one, other) => (isAfter(one, other) ? 1 : -1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    ...(last && rest.length > limit && { next: seal(list, { activeAt: last.activeAt, id: last.id }) }),
  };
};

export const listMembers = (
  { users }: World,
  user: User,
  conversation: Conversation,
  { limit, cursor }: Page,
): MemberPage => {
  const list = `members ${user.id} ${conversation.id}`;
  const from = cursor === undefined ? '' : open<{ above: string }>(list, cursor).above;
  const rest = membersOf(conversation).filter((member) => member > from);
  rest.sort();
  const page = rest.slice(0, limit);
  const roleOf = (member: string) => conversation.members.get(member)?.role ?? 'member';
  const last = page.at(-1);
  return {
    items: page.map((member) => ({
      user: member,
      name: users.get(member)?.name ?? '',
      role: roleOf(member),
    })),
    ...(last && rest.length > limit && { next: seal(list, { above: last }) }),
  };
};

type Range = { low: number; high: number; raw: boolean };
const listOf = (user: User, { id }: Conversation) => `messages ${user.id} ${id}`;

/** Where the page below an entry begins. */
export const cursorBelow = (user: User, conversation: Conversation, seq: number): string | undefined =>
  seq > 1
    ? seal(listOf(user, conversation), { low: 1, high: seq - 1, raw: false } satisfies Range)
    : undefined;

const rangeOf = (conversation: Conversation, { before, after, month }: MessagesQuery): Range => {
  const head = headOf(conversation);
  const isIn = ({ ts }: Entry) => new Date(ts).toISOString().startsWith(`${month}-`);
  const ofMonth = month === undefined ? conversation.log : conversation.log.filter(isIn);
  return {
    raw: after !== undefined,
    low: Math.max(ofMonth[0]?.seq ?? head + 1, (after ?? 0) + 1),
    high: Math.min(ofMonth.at(-1)?.seq ?? 0, (before ?? Number.MAX_SAFE_INTEGER) - 1),
  };
};

const isFolded = ({ type }: Entry) =>
  type === 'message.edited' || type === 'message.deleted' || type === 'message.reacted';

/** A page of the log, newest to oldest: as a person reads it, or (`after`) every entry. */
export const readMessages = (user: User, conversation: Conversation, query: MessagesQuery): EntryPage => {
  const { limit, cursor, after = 0 } = query;
  const list = listOf(user, conversation);
  if (after > headOf(conversation)) {
    throw new Refusal('bad-request', '`after` lies beyond the last entry', { pointer: '/after' });
  }
  const { low, high, raw } = cursor === undefined ? rangeOf(conversation, query) : open<Range>(list, cursor);
  const lowest = Math.max(low, high - limit + 1);
  const entries = high < lowest ? [] : conversation.log.slice(lowest - 1, high).reverse();
  const shown = raw
    ? entries.map((entry) => withText(conversation, entry))
    : entries.filter((one) => !isFolded(one));
  return {
    items: shown.map((entry) => withReactions(conversation, entry)),
    ...(lowest > low && { next: seal(list, { low, high: lowest - 1, raw } satisfies Range) }),
  };
};

export const readUnread = (world: World, user: User): UnreadTotal => {
  const lastOf = ({ log }: Conversation) => log.at(-1)?.ts ?? 0;
  const own = conversationsOf(world, user.id).sort((one, other) => lastOf(other) - lastOf(one));
  const counted = own.slice(0, limits.unreadConversations);
  const all = counted.map((conversation) => unreadOf(conversation, user));
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    more: own.length > counted.length || all.some(({ more }) => more),
    conversations: all.filter(({ count, more }) => count > 0 || more).length,
  };
};
