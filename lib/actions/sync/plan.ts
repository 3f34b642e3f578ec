import type { Sync } from '../../../schema/frames.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { InboxHead } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { Changes } from '../../connections/port.ts';
import { isUnavailable } from '../../errors.ts';
import { activeEveryMs } from '../../members/port.ts';

/** What a client says of where it stands. */
export type Position = Omit<Sync, 'action' | 'id'>;

/** Where a sync goes on: what it began with, and the last conversation that was looked at. */
export type Place = ByInbox | Compare;
type ByInbox = { by: 'inbox'; inbox: InboxHead; since: number };
type Compare = { by: 'compare'; inbox: InboxHead; since: number; now: number; after: string };

/** One conversation to go through; those that are not `due` cannot have changed. `place` is where to go on after it. */
export type Step = { conversation: ConversationId; due: boolean; place: Place };
export type Plan = { kind: Place['by']; inbox: InboxHead; now: number; steps: Step[] };

/** Where an inbox stands that could not be asked: anybody's next frame tells of another epoch. */
export const nowhere: InboxHead = { epoch: '', version: 0 };

/** `active_at` lags behind, and clocks differ. */
const lagMs = activeEveryMs + 300_000;

type Uses = Pick<App, 'connections' | 'members' | 'clock'>;

/** `undefined` while the store of marks is away. */
const changesAbove = async (app: Uses, user: UserId, above: number): Promise<Changes | undefined> => {
  try {
    return await app.connections.changes(user, above);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return undefined;
  }
};

/** Exactly what changed since, oldest first: what changes meanwhile moves on, and is met again. */
const byInbox = async (
  app: Uses,
  user: UserId,
  { inbox: known, since }: ByInbox,
): Promise<Plan | undefined> => {
  const now = app.clock.now();
  const changes = await changesAbove(app, user, known.version);
  // Another epoch or a lower version: marks were forgotten, and what they told with them.
  if (changes?.inbox.epoch !== known.epoch || changes.inbox.version < known.version) return undefined;
  const { inbox, changed } = changes;
  const steps = [...changed].map(([conversation, version]): Step => {
    const place: Place = { by: 'inbox', inbox: { epoch: known.epoch, version }, since };
    return { conversation, due: true, place };
  });
  return { kind: 'inbox', inbox, now, steps };
};

/**
 * Everything of the user's, by id. Due is what was active or marked since, and what the client does not hold. Without
 * the store of marks the reply is of use, but certain of nothing: the next compare begins where this one did.
 */
const compare = async (
  app: Uses,
  user: UserId,
  { since, after, ...began }: Pick<Compare, 'since' | 'after'> & Partial<Compare>,
  heads: Position['heads'],
): Promise<Plan> => {
  const startedAt = began.now ?? app.clock.now();
  // A time that is not yet says nothing of what was seen.
  const from = since > startedAt + lagMs ? 0 : since - lagMs;
  const changes = await changesAbove(app, user, Math.max(0, from * 1_000));
  const [inbox, now] = changes ? [began.inbox ?? changes.inbox, startedAt] : [nowhere, since];
  const belongings = await app.members.conversationsOf(user);
  const steps = belongings
    .filter(({ conversation }) => conversation > after)
    .sort((one, other) => (one.conversation < other.conversation ? -1 : 1))
    .map(({ conversation, activeAt }): Step => {
      const isHeld = heads === undefined || conversation in heads;
      const isQuiet = activeAt > 0 && activeAt < from && !changes?.changed.has(conversation);
      const place: Place = { by: 'compare', inbox, since, now, after: conversation };
      return { conversation, due: !isHeld || !isQuiet, place };
    });
  return { kind: 'compare', inbox, now, steps };
};

/** What a sync has to go through, from a position or from where the last page ended. */
export const planOf = async (
  app: Uses,
  user: UserId,
  { inbox, since = 0, heads }: Position,
  place: Place | undefined,
): Promise<Plan> => {
  if (place?.by === 'compare') return compare(app, user, place, heads);
  const from = place ?? (inbox && { by: 'inbox' as const, inbox, since });
  const planned = from && (await byInbox(app, user, from));
  return planned ?? compare(app, user, { since: from?.since ?? since, after: '' }, heads);
};
