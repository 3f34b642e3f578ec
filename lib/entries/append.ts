import type { Inbox } from '../../schema/frames.ts';
import type { ConnectionId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import type { Attempt, Head, Member } from '../conversations/port.ts';
import { AppError, isUnavailable } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import { type Marks, markAll } from './announce.ts';
import type { Draft } from './draft.ts';
import { type Entrance, enter } from './enter.ts';
import { type Walked, walk } from './walk.ts';

export type AppendUses = Pick<
  App,
  'conversations' | 'connections' | 'members' | 'messages' | 'unannounced' | 'clock' | 'chance' | 'log'
>;

export type Appending = {
  draft: Draft;
  after: Attempt['after'];
  /** An entry that the draft points to: it must exist. */
  refersTo?: { seq: number; pointer: string };
  /** The connection that sent it: it gets the reply only. */
  except?: ConnectionId;
};

export type Appended = { stored: Head; inbox?: Inbox } & Omit<Outcome<never>, 'reply'>;

/** From the start of `enter` to giving up: the fate of the entry stays open. */
const storeMs = 4_000;
/** How old the last note of activity may be before all members get another. */
const activeEveryMs = 900_000;
/** How often the head is noted where Redis cannot forget it. */
const hintEvery = 256;

const usersOf = (members: Member[]) => members.map(({ user }) => user);

const checkReference = async (app: AppendUses, { refersTo, draft }: Appending, head: Head) => {
  if (!refersTo || refersTo.seq <= head.seq) return;
  if (await app.messages.at(draft.conversation, refersTo.seq)) return;
  throw new AppError('bad-request', 'unable to write; it refers to an entry that does not exist', {
    pointer: refersTo.pointer,
  });
};

/** Marks beside the walk. Both are over when this returns, also when one failed. */
const store = async (app: AppendUses, appending: Appending, entrance: Entrance, deadline: number) => {
  const { draft } = appending;
  const { head, lookAbove, members, now, found } = entrance;
  await checkReference(app, appending, head);
  const [marks, walked] = await Promise.allSettled([
    markAll(app, draft.conversation, usersOf(members)),
    found
      ? Promise.resolve<Walked>({ entry: found, fresh: false, base: head.seq, members })
      : walk(app, { draft, head, lookAbove, members, now, deadline }),
  ]);
  if (walked.status === 'rejected') throw walked.reason;
  if (marks.status === 'rejected') throw marks.reason;
  return { marks: marks.value, walked: walked.value };
};

/** A refusal after which nothing of this attempt is under way: the next writer need not wait. */
const giveBack = async (app: AppendUses, { draft }: Appending, holder: string, refusal: unknown) => {
  if (!(refusal instanceof AppError) || isUnavailable(refusal)) return;
  try {
    await app.conversations.leave(draft.conversation, holder);
  } catch (error) {
    // The turn ends by itself.
    if (!isUnavailable(error)) throw error;
  }
};

/** What must be known before the ack: who was missed is noted where the sweep finds it. */
const settle = async (
  app: AppendUses,
  { draft }: Appending,
  holder: string,
  { remembered, now }: Entrance,
  { entry, fresh, base, members }: Walked,
  marks: Marks,
) => {
  const { conversation, from: sender, key } = draft;
  const note = () =>
    app.unannounced.note({ conversation, seq: entry.seq, kind: 'entry', at: app.clock.now() });
  const tried = async (work: Promise<unknown>) => {
    try {
      await work;
      return true;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return false;
    }
  };

  const due = remembered !== undefined && now - remembered.activeAt > activeEveryMs;
  const active = due && (await tried(app.members.active(conversation, usersOf(members), entry.ts)));
  const noted = marks.incomplete || (due && !active);
  // Before `finish`, which makes the next attempt believe that everything was done.
  if (noted) await note();
  const finished = await tried(
    app.conversations.finish({
      conversation,
      sender,
      key,
      holder,
      base,
      stored: { seq: entry.seq, ts: entry.ts },
      ...(fresh && remembered && { recent: { entry, patched: remembered.patched } }),
      ...(active && { activeAt: now }),
    }),
  );
  if (!finished && !noted) await note();
  if (entry.seq % hintEvery === 0) await tried(app.members.hint(conversation, entry.seq));
};

/**
 * Gives a draft its place in the log, once, however often and wherever it is tried, and has every member's inbox
 * marked. What is returned is to be performed: the posts, and `meanwhile` beside them, before the reply.
 */
export const append = async (app: AppendUses, appending: Appending): Promise<Appended> => {
  const { draft, after, except } = appending;
  const holder = app.chance.id();
  const deadline = app.clock.now() + storeMs;
  const { conversation, from: sender, key } = draft;
  const entrance = await enter(app, { conversation, sender, key, holder, after });
  if ('recorded' in entrance) return { stored: { seq: entrance.seq, ts: entrance.ts } };

  const { marks, walked } = await store(app, appending, entrance, deadline).catch(async (refusal) => {
    await giveBack(app, appending, holder, refusal);
    throw refusal;
  });
  const { entry, members } = walked;
  const late = usersOf(members).filter((user) => !marks.recipients.has(user));
  const lateMarks = late.length > 0 && !marks.incomplete ? await markAll(app, conversation, late) : undefined;
  const told: Marks = {
    recipients: new Map([...marks.recipients, ...(lateMarks?.recipients ?? [])]),
    incomplete: marks.incomplete || (lateMarks?.incomplete ?? false),
  };
  const recipients = usersOf(members).flatMap((user: UserId) => told.recipients.get(user) ?? []);
  const inbox = told.recipients.get(sender)?.inbox;
  return {
    stored: { seq: entry.seq, ts: entry.ts },
    ...(inbox && { inbox }),
    publish: [{ entry, recipients, ...(except && { except }) }],
    meanwhile: () => settle(app, appending, holder, entrance, walked, told),
  };
};
