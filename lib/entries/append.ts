import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import type { Inbox } from '../../schema/pushes.ts';
import type { App } from '../app.ts';
import { blocked } from '../blocks.ts';
import { type Attempt, type Finished, type Head, isIn, type Member } from '../conversations/port.ts';
import { AppError, isUnavailable, tried } from '../errors.ts';
import { activeEveryMs } from '../members/port.ts';
import type { Outcome } from '../outcome.ts';
import { joinTexts } from '../reading/join.ts';
import type { ChangeNote, Note } from '../unannounced/port.ts';
import { type Marks, markAll } from './announce.ts';
import { isPlain } from './draft.ts';
import { type Entrance, enter } from './enter.ts';
import { finish } from './finish.ts';
import { type Prepare, type Walked, type Walking, walk } from './walk.ts';

export type AppendUses = Pick<
  App,
  'conversations' | 'connections' | 'members' | 'messages' | 'unannounced' | 'clock' | 'chance' | 'log'
>;

export type Appending = {
  conversation: ConversationId;
  /** Identity of the entry: a retry has the same. */
  by: { from: UserId; key: string };
  after: Attempt['after'];
  /** Asked once nothing of an earlier attempt was found; may change the truth, after `begin`. */
  prepare: (walking: Walking, begin: Begin) => ReturnType<Prepare>;
  /** An entry that a message points to: it must exist. */
  refersTo?: { seq: number; pointer: string };
  /** Says something to the other of a direct conversation: refused where one of the two has blocked the other. */
  addresses?: true;
  /** A change of what is there: noted from before it is made until everybody was told. */
  note?: Omit<ChangeNote, 'at'>;
  /** The connection that sent it: it gets the reply only. */
  except?: ConnectionId;
};

/** To be awaited right before the truth is changed: it notes that the change may be half-way. */
export type Begin = () => Promise<void>;

export type Appended = { stored: Head; inbox?: Inbox } & Omit<Outcome<never>, 'reply'>;

/** From the start of `enter` to giving up: the fate of the entry stays open. */
const storeMs = 4_000;
/** How often the head is noted where Redis cannot forget it. */
const hintEvery = 256;

/** Where an earlier attempt may lie. A key that the server made cannot be in the log already. */
export const startOf = ({
  key,
  after,
}: {
  key?: string | undefined;
  after?: number | undefined;
}): Attempt['after'] => (key === undefined ? 'nowhere' : (after ?? 'newest'));

const usersOf = (members: Member[]) => members.map(({ user }) => user);

const checkReference = async (app: AppendUses, { refersTo, conversation }: Appending, head: Head) => {
  if (!refersTo || refersTo.seq <= head.seq) return;
  if (await app.messages.at(conversation, refersTo.seq)) return;
  throw new AppError('bad-request', 'unable to write; it refers to an entry that does not exist', {
    pointer: refersTo.pointer,
  });
};

const isBarred = ({ addresses }: Appending, { members, found }: Entrance): boolean =>
  addresses === true && !found && members.some(({ blocking }) => blocking);

type Stored = { marks: Marks; walked: Walked };

/** Marks beside the walk. Both are over when this returns, also when one failed. */
const store = async (
  app: AppendUses,
  appending: Appending,
  entrance: Entrance,
  deadline: number,
  note: Note | undefined,
): Promise<Stored> => {
  const { conversation, by } = appending;
  const { head, lookAbove, members, now, found } = entrance;
  const barred = isBarred(appending, entrance);
  const prepare: Prepare = (walking) =>
    barred
      ? Promise.reject(blocked('write'))
      : appending.prepare(walking, async () => {
          // Later than this the sweep may be at the same note, and would take away what is written anew.
          if (app.clock.now() >= deadline)
            throw new AppError('unavailable', 'unable to change it; out of time');
          if (note) await app.unannounced.note(note);
        });
  // What was stored before the block is answered all the same: the walk looks for it first.
  if (barred && lookAbove >= head.seq) throw blocked('write');
  await checkReference(app, appending, head);
  const walking = found
    ? Promise.resolve<Walked>({ entry: found, fresh: false, base: head.seq, members })
    : walk(app, { conversation, by, prepare, head, lookAbove, members, now, deadline });
  // A change is refused more often than not stored: who was marked for nothing would ask for nothing. And who came in
  // without memory has left no sign there: a sync between his mark and his entry would take the one for the other.
  if (note || !entrance.remembered || barred) {
    const walked = await walking;
    return { walked, marks: await markAll(app, conversation, usersOf(walked.members)) };
  }
  const [marks, walked] = await Promise.allSettled([markAll(app, conversation, usersOf(members)), walking]);
  if (walked.status === 'rejected') throw walked.reason;
  if (marks.status === 'rejected') throw marks.reason;
  return { marks: marks.value, walked: walked.value };
};

/** A refusal after which nothing of this attempt is under way: the next writer need not wait. */
const giveBack = async (app: AppendUses, { conversation }: Appending, holder: string, refusal: unknown) => {
  if (!(refusal instanceof AppError) || isUnavailable(refusal)) return;
  // The turn ends by itself.
  await tried(app.conversations.leave(conversation, holder));
};

type Attempted = { holder: string; entrance: Entrance; note: Note | undefined };

/** What must be known before the ack: who was missed is noted where the sweep finds it. */
const settle = async (
  app: AppendUses,
  { conversation, by }: Appending,
  { holder, entrance: { remembered, now }, note }: Attempted,
  { entry, fresh, base, members }: Walked,
  marks: Marks,
) => {
  const noteMissed = () =>
    app.unannounced.note({ conversation, seq: entry.seq, kind: 'entry', at: app.clock.now() });

  const due = remembered !== undefined && now - remembered.activeAt > activeEveryMs;
  const active =
    due && (await tried(app.members.active(conversation, usersOf(members.filter(isIn)), entry.ts)));
  const noted = marks.incomplete || (due && !active);
  // Before `finish`, which makes the next attempt believe that everything was done.
  if (noted) await noteMissed();
  const finished: Finished = {
    conversation,
    sender: by.from,
    key: by.key,
    holder,
    base,
    stored: { seq: entry.seq, ts: entry.ts },
    ...(fresh && remembered && isPlain(entry) && { recent: { entry, patched: remembered.patched } }),
    ...(active && { activeAt: now }),
    // Another than at `enter`: what was read in between may be older than the change.
    ...(note && { patches: app.chance.id() }),
  };
  const told = await finish(app, finished, usersOf(members));
  if (!told && !noted) await noteMissed();
  // It stands until everybody was told, or another note says who was not.
  if (note) await tried(app.unannounced.forget(note));
  if (entry.seq % hintEvery === 0) await tried(app.members.hint(conversation, entry.seq));
};

/**
 * Gives an entry its place in the log, once, however often and wherever it is tried, and has every member's inbox
 * marked. What is returned is to be performed: the posts, and `meanwhile` beside them, before the reply.
 */
export const append = async (app: AppendUses, appending: Appending): Promise<Appended> => {
  const { conversation, by, after, except } = appending;
  const holder = app.chance.id();
  const deadline = app.clock.now() + storeMs;
  const note = appending.note && { ...appending.note, at: app.clock.now() };
  const entrance = await enter(app, {
    conversation,
    sender: by.from,
    key: by.key,
    holder,
    after,
    ...(note && { patches: app.chance.id() }),
  });
  if ('recorded' in entrance) return { stored: { seq: entrance.seq, ts: entrance.ts } };

  const { marks, walked } = await store(app, appending, entrance, deadline, note).catch(async (refusal) => {
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
  const recipients = usersOf(members.filter(isIn)).flatMap((user: UserId) => told.recipients.get(user) ?? []);
  const inbox = told.recipients.get(by.from)?.inbox;
  const [frame] = await joinTexts(app, conversation, [entry]);
  return {
    stored: { seq: entry.seq, ts: entry.ts },
    ...(inbox && { inbox }),
    publish: frame ? [{ frame, recipients, ...(except && { except }) }] : [],
    meanwhile: () => settle(app, appending, { holder, entrance, note }, walked, told),
  };
};
