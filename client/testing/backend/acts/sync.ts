import type { ConversationId, Synced, SyncReply } from '../../../wire.gen.ts';
import type { Position } from '../asked.ts';
import { inboxOf } from '../inbox.ts';
import { limits, rules } from '../limits.ts';
import { headOf, withText } from '../log.ts';
import { type Conversation, conversationsOf, membersOf, ownOf, type User, type World } from '../world.ts';
import { open, seal } from './cursors.ts';
import { cursorBelow, withReactions } from './read.ts';

type Begun = Pick<SyncReply, 'inbox' | 'now'>;
/** Where a sync goes on. */
type Place =
  | { by: 'inbox'; epoch: string; version: number; since: number }
  | ({ by: 'compare'; since: number; after: string } & Begun);
type Step = { id: ConversationId; due: boolean; place: Place };
type Plan = Begun & { by: Place['by']; steps: Step[] };

/** With its newest entries only. */
const limitedTo = (
  user: User,
  conversation: Conversation,
  { cursor: _, ...synced }: Synced,
  newest: number,
): Synced => {
  const entries = newest === 0 ? [] : synced.entries.slice(-newest);
  const cursor = cursorBelow(user, conversation, entries[0]?.seq ?? synced.head + 1);
  return { ...synced, entries, limited: true, ...(cursor && { cursor }) };
};

/** What a client that has entries up to `known` lacks of a conversation; nothing where it is not the user's. */
const lackingOf = (world: World, user: User, id: ConversationId, known: number): Synced | undefined => {
  const conversation = ownOf(world, user.id, id);
  if (!conversation) return undefined;
  const head = headOf(conversation);
  const lacks = head - known;
  const fits = lacks >= 0 && lacks <= (known > 0 ? limits.syncEntries : limits.syncNewest);
  const entries = conversation.log.slice(fits ? known : -limits.syncNewest);
  const isSmall = membersOf(conversation).length <= limits.receiptMembers;
  const receipts = [...conversation.receipts.values()];
  const synced: Synced = {
    conversation: id,
    head,
    role: conversation.members.get(user.id)?.role ?? 'member',
    entries: entries.map((entry) => withReactions(conversation, withText(conversation, entry))),
    receipts: isSmall ? receipts : receipts.filter((one) => one.user === user.id),
    ...(conversation.busy && { again: true }),
  };
  return fits ? synced : limitedTo(user, conversation, synced, limits.syncNewest);
};

/** Exactly what changed since, oldest first; nothing where the inbox was forgotten. */
const byInbox = (
  world: World,
  user: User,
  { epoch, version, since }: Extract<Place, { by: 'inbox' }>,
): Plan | undefined => {
  const inbox = inboxOf(user);
  if (inbox.epoch !== epoch || inbox.version < version) return undefined;
  const changed = [...user.inbox.versions].filter(([, changedAt]) => changedAt > version);
  changed.sort(([, one], [, other]) => one - other);
  const steps = changed.map(([id, changedAt]): Step => {
    return { id, due: true, place: { by: 'inbox', epoch, version: changedAt, since } };
  });
  return { by: 'inbox', inbox, now: world.clock.now(), steps };
};

type Compare = { since: number; after: string } & Partial<Begun>;

/** Everything of the user's, by id. Due is what was active or marked since, and what the client does not hold. */
const compare = (
  world: World,
  user: User,
  { since, after, ...begun }: Compare,
  heads: Position['heads'],
): Plan => {
  const inbox = begun.inbox ?? inboxOf(user);
  const now = begun.now ?? world.clock.now();
  const from = since - rules.lagMs;
  const own = conversationsOf(world, user.id).filter(({ id }) => id > after);
  own.sort((one, other) => (one.id < other.id ? -1 : 1));
  const steps = own.map(({ id, log }): Step => {
    const isHeld = heads === undefined || id in heads;
    const activeAt = Math.max(log.at(-1)?.ts ?? 0, (user.inbox.versions.get(id) ?? 0) / 1_000);
    return { id, due: !isHeld || activeAt >= from, place: { by: 'compare', inbox, since, now, after: id } };
  });
  return { by: 'compare', inbox, now, steps };
};

const planOf = (
  world: World,
  user: User,
  { inbox, since = 0, heads }: Position,
  place: Place | undefined,
): Plan => {
  if (place?.by === 'compare') return compare(world, user, place, heads);
  const from = place ?? (inbox && { by: 'inbox' as const, ...inbox, since });
  return (
    (from && byInbox(world, user, from)) ??
    compare(world, user, { since: from?.since ?? since, after: '' }, heads)
  );
};

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length + 1;
/** What is left for the names of the fields and the cursor. */
const spareBytes = 800;

/** What was missed, as far as it fits so many bytes. */
export const sync = (world: World, user: User, position: Position, room: number): SyncReply => {
  const list = `sync ${user.id}`;
  const place = position.cursor === undefined ? undefined : open<Place>(list, position.cursor);
  const { by, inbox, now, steps } = planOf(world, user, position, place);
  const conversations: Synced[] = [];
  const gone: ConversationId[] = [];
  const belongsTo: ConversationId[] = [];
  let left = room - spareBytes;
  let due = 0;
  let rest: Place | undefined;
  let next: Place | undefined;
  for (const step of steps) {
    let lacking = step.due ? lackingOf(world, user, step.id, position.heads?.[step.id] ?? 0) : undefined;
    const conversation = world.conversations.get(step.id);
    for (
      let newest = (lacking?.entries.length ?? 0) - 1;
      !rest && lacking && conversation && newest >= 0;
      newest--
    ) {
      if (bytesOf(lacking) + bytesOf(step.id) <= left) break;
      lacking = limitedTo(user, conversation, lacking, newest);
    }
    const bytes = bytesOf(step.id) + (lacking ? bytesOf(lacking) : 0);
    if (step.due) due++;
    if (rest && (bytes > left || due > limits.syncConversations)) {
      next = rest;
      break;
    }
    left -= bytes;
    rest = step.place;
    if (lacking) conversations.push(lacking);
    if (by === 'compare' && (lacking || !step.due)) belongsTo.push(step.id);
    if (by === 'inbox' && !lacking) gone.push(step.id);
  }
  return {
    inbox,
    now,
    conversations,
    ...(gone.length > 0 && { gone }),
    ...(by === 'compare' && { belongsTo }),
    ...(next && { next: seal(list, next) }),
  };
};
