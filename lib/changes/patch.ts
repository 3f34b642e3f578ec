import type { MessageNew } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { App } from '../app.ts';
import type { Begin } from '../entries/append.ts';
import { type Draft, isSame } from '../entries/draft.ts';
import type { Prepare, Walking } from '../entries/walk.ts';
import { AppError } from '../errors.ts';
import { type Change, isBy, type Patch, type Standing } from '../messages/port.ts';
import { type CompleteUses, completeEntry } from './complete.ts';

type Uses = CompleteUses;

export type Patching = {
  conversation: ConversationId;
  seq: number;
  by: Pick<Change, 'from' | 'key'>;
};

/** The key in a row whose version was raised and which nobody has changed: shorter than any of a request. */
export const swept = 'swept';

/** How long a change whose fate is open is tried again. */
const patchMs = 3_000;

const noMessage = () =>
  new AppError('not-found', 'unable to change it; there is no such message', { pointer: '/seq' });
const deleted = () =>
  new AppError('message-deleted', 'unable to change it; the message was deleted', { pointer: '/seq' });

/** Asks again while the fate is open or others came first. */
export const untilCertain = async <T>(
  app: Pick<App, 'clock'>,
  attempt: () => Promise<T | undefined>,
): Promise<T> => {
  const until = app.clock.now() + patchMs;
  do {
    const done = await attempt();
    if (done !== undefined) return done;
  } while (app.clock.now() < until);
  throw new AppError('unavailable', 'unable to change it; no certain answer in time');
};

const readMessage = async (app: Uses, { conversation, seq }: Patching): Promise<Standing> => {
  const standing = await app.messages.standing(conversation, seq);
  if (!standing) throw noMessage();
  return standing;
};

/** The entry that tells of the change a message has seen last. */
export const draftOf = (
  { conversation, seq, by: { from, key } }: Patching,
  { message, version }: Pick<Standing, 'message' | 'version'>,
): Draft => ({
  type: message.deleted ? 'message.deleted' : 'message.edited',
  conversation,
  from,
  key,
  target: seq,
  version,
});

/** Most entries of changes lie this close above the head they name. */
const nearby = 50;

/**
 * Who meets another's change has its entry written first. So a change that was overwritten has its entry in the log,
 * and whoever tries it again finds that, and not a row that seems to know nothing of it.
 */
export const tell = async (
  app: Uses,
  conversation: ConversationId,
  change: Change | undefined,
  draft: () => Draft,
): Promise<void> => {
  if (!change || change.key === swept) return;
  const range = { low: change.head + 1, high: change.head + nearby, limit: nearby, order: 'up' as const };
  const above = await app.messages.range(conversation, range);
  if (above.some((entry) => isSame(entry, change))) return;
  await completeEntry(app, conversation, change, { ...draft(), from: change.from, key: change.key });
};

/** Changes a message, once; `allow` throws where the sender may not. */
export const patchMessage = (
  app: Uses,
  patching: Patching,
  walking: Walking,
  begin: Begin,
  allow: (message: MessageNew) => Promise<void> | void,
  to: (message: MessageNew) => Patch['to'],
): ReturnType<Prepare> =>
  untilCertain(app, async () => {
    const { conversation, seq, by } = patching;
    const now = await readMessage(app, patching);
    if (isBy(now.change, by)) {
      return { draft: draftOf(patching, now), binding: true, above: now.change?.head ?? 0 };
    }
    await tell(app, conversation, now.change, () => draftOf({ ...patching, by: now.change ?? by }, now));
    if (await walking.look()) return 'found';
    await allow(now.message);
    if (now.message.deleted) throw deleted();
    await begin();
    const change = { ...by, head: walking.below().seq };
    const made = to(now.message);
    const answer = await app.messages.patch({ conversation, seq, version: now.version, change, to: made });
    if (answer !== 'patched') return undefined;
    const message = made && 'deleted' in made ? { ...now.message, deleted: true as const } : now.message;
    return { draft: draftOf(patching, { message, version: now.version + 1 }), binding: true };
  });

type Reaction = { emoji: string; present: boolean };

export const reactionDraft = (
  { conversation, seq, by: { from, key } }: Patching,
  { emoji, present, version }: Reaction & { version: number },
): Draft => ({
  type: 'message.reacted',
  conversation,
  from,
  key,
  target: seq,
  version,
  emoji,
  ...(!present && { removed: true }),
});

const checkRoom = async (app: Uses, { conversation, seq, by }: Patching) => {
  const reactions = (await app.messages.reactions(conversation, seq, seq)).get(seq) ?? {};
  const own = Object.values(reactions).filter((users) => users.includes(by.from)).length;
  if (own < limits.reactionsPerUser) return;
  throw new AppError(
    'too-large',
    `unable to react; over ${limits.reactionsPerUser} reactions to one message`,
    {
      pointer: '/emoji',
    },
  );
};

/** Puts or takes away a reaction, once. */
export const patchReaction = (
  app: Uses,
  patching: Patching,
  walking: Walking,
  begin: Begin,
  { emoji, present }: Reaction,
): ReturnType<Prepare> =>
  untilCertain(app, async () => {
    const { conversation, seq, by } = patching;
    const place = { conversation, seq, user: by.from, emoji };
    const now = await app.messages.reaction(place);
    if (now && isBy(now.change, by)) {
      const draft = reactionDraft(patching, { emoji, present: now.present, version: now.version });
      return { draft, binding: true, above: now.change?.head ?? 0 };
    }
    await tell(app, conversation, now?.change, () =>
      reactionDraft(patching, { emoji, present: now?.present ?? false, version: now?.version ?? 0 }),
    );
    if (await walking.look()) return 'found';
    if ((await readMessage(app, patching)).message.deleted) throw deleted();
    if ((now?.present ?? false) === present) {
      throw new AppError('conflict', 'unable to react; it is so already', { pointer: '/emoji' });
    }
    if (present) await checkRoom(app, patching);
    await begin();
    const version = now?.version ?? 0;
    const change = { ...by, head: walking.below().seq };
    const answer = await app.messages.patchReaction({ ...place, version, change, present });
    if (answer !== 'patched') return undefined;
    return { draft: reactionDraft(patching, { emoji, present, version: version + 1 }), binding: true };
  });
