import type { Sync } from '../../../schema/frames.ts';
import type { SyncReply, SyncRequest } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { InboxHead, Synced, SyncFrame } from '../../../schema/pushes.ts';
import { utf8Bytes } from '../../../schema/text.ts';
import type { App } from '../../app.ts';
import type { Caller, ConnectedCaller } from '../../caller.ts';
import { inLanes } from '../../lanes.ts';
import type { Outcome } from '../../outcome.ts';
import { admitReader, type ReaderUses } from '../admit.ts';
import { type LackingUses, lackingOf, limitedTo } from './lacking.ts';
import { nowhere, type Place, type Plan, type Position, planOf, type Step } from './plan.ts';

type Uses = LackingUses & Pick<App, 'connections'>;

/** Conversations that are read side by side. */
const lanes = 8;
/** What is left for the cursor and the names of the fields. */
const spareBytes = 600;

/** With the comma after it. */
const bytesOf = (value: unknown) => utf8Bytes(JSON.stringify(value)) + 1;

/** Where nobody knows how the inbox stands, the next sync compares anyway. */
const certain = (inbox: InboxHead, { again, ...synced }: Synced): Synced =>
  again && inbox.epoch !== '' ? { ...synced, again } : synced;

/** Reads what is due, a few at a time and no further than it is asked for. */
async function* lookThrough(app: Uses, user: UserId, steps: Step[], heads: Position['heads']) {
  for (let at = 0; at < steps.length; ) {
    const last = steps.slice(at).filter(({ due }) => due)[lanes - 1];
    const batch = steps.slice(at, last && steps.indexOf(last) + 1);
    const found = new Map<ConversationId, Synced | undefined>();
    await inLanes(
      lanes,
      batch.filter(({ due }) => due),
      async ({ conversation }) => {
        found.set(conversation, await lackingOf(app, user, conversation, heads?.[conversation] ?? 0));
      },
    );
    for (const step of batch) yield { step, lacking: found.get(step.conversation) };
    at += batch.length;
  }
}

/** With as many of its newest entries as fit. */
const shortened = async (app: Uses, user: UserId, synced: Synced, room: number): Promise<Synced> => {
  let short = synced;
  for (let newest = synced.entries.length - 1; bytesOf(short) > room && newest >= 0; newest--) {
    short = await limitedTo(app, user, synced, newest);
  }
  return short;
};

/** Goes through a plan until `room` is full, and by one conversation at least. */
const fill = async (
  app: Uses,
  user: UserId,
  { kind, inbox, now, steps }: Plan,
  heads: Position['heads'],
  room: number,
): Promise<{ reply: SyncReply; rest?: Place }> => {
  const conversations: Synced[] = [];
  const gone: ConversationId[] = [];
  const belongsTo: ConversationId[] = [];
  const reply = () => ({
    inbox,
    now,
    conversations,
    ...(gone.length > 0 && { gone }),
    ...(kind === 'compare' && { belongsTo }),
  });
  let left = room - bytesOf(reply()) - spareBytes;
  let due = 0;
  let rest: Place | undefined;

  for await (const { step, lacking } of lookThrough(app, user, steps, heads)) {
    const named = bytesOf(step.conversation);
    const whole = lacking && certain(inbox, lacking);
    const synced = whole && (rest ? whole : await shortened(app, user, whole, left - named));
    const bytes = named + (synced ? bytesOf(synced) : 0);
    if (step.due) due++;
    if (rest && (bytes > left || due > limits.syncConversations)) return { reply: reply(), rest };
    left -= bytes;
    rest = step.place;
    if (synced) conversations.push(synced);
    if (kind === 'compare' && (synced || !step.due)) belongsTo.push(step.conversation);
    if (kind === 'inbox' && !synced) gone.push(step.conversation);
  }
  return { reply: reply() };
};

const syncFrom = async (app: Uses, user: UserId, position: Position, room: number): Promise<SyncReply> => {
  const scope = ['sync', user];
  const { cursor, heads } = position;
  const place = cursor === undefined ? undefined : await app.cursors.open<Place>(scope, cursor);
  const { reply, rest } = await fill(app, user, await planOf(app, user, position, place), heads, room);
  return { ...reply, ...(rest && { next: await app.cursors.seal(scope, rest) }) };
};

/** What was missed, as far as it fits a frame. A connection that was forgotten is registered by it. */
export const sync = async (
  app: Uses & ReaderUses,
  caller: ConnectedCaller,
  { action: _, id, ...position }: Sync,
): Promise<Outcome<SyncFrame>> => {
  const admitted = await admitReader(app, caller);
  const opening = { type: 'sync' as const, ...(id !== undefined && { id }) };
  const room = limits.frameBytes - bytesOf(opening);
  const reply = await syncFrom(app, caller.user, position, room);
  // A gate that was away may not know the connection by now: the next frame must lead to another sync.
  const standing = admitted ? {} : { inbox: nowhere, now: position.since ?? 0 };
  return { reply: { ...opening, ...reply, ...standing } };
};

/** The same over HTTP, for what does not fit a frame. */
export const postSync = async (
  app: Uses,
  caller: Caller,
  position: SyncRequest,
): Promise<Outcome<SyncReply>> => ({
  reply: await syncFrom(app, caller.user, position, limits.syncBytes),
});
