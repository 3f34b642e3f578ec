import type { Entry } from '../../schema/entries.ts';
import { limits } from '../../schema/limits.ts';
import type { App } from '../app.ts';
import { type Attempt, type Head, isIn, type Member } from '../conversations/port.ts';
import { AppError, isUnavailable } from '../errors.ts';
import { readTruth, rebuild } from './rebuild.ts';

type Uses = Pick<App, 'conversations' | 'members' | 'messages' | 'unannounced' | 'clock' | 'chance'>;

/** Where a write begins, from memory or, with Redis away, from Cassandra. */
export type Entrance = {
  head: Head;
  lookAbove: number;
  members: Member[];
  now: number;
  found?: Entry;
  /** Only from memory: what `finish` must carry back, and when `active_at` was last written. */
  remembered?: { patched: string; activeAt: number };
};

/** How long to wait for the turn before going on without it. */
const turnMs = 200;
/** Rebuilds that changes of members made void before memory is left aside. */
const rebuilds = 3;

const notFound = () => new AppError('not-found', 'unable to write; no such conversation');
export const tooOld = () =>
  new AppError('retry-too-old', 'unable to write; too much was written since `after`');
export const beyondHead = () =>
  new AppError('bad-request', 'unable to write; `after` lies beyond the last entry', { pointer: '/after' });

export const lowest = (after: Attempt['after'], head: number) =>
  after === 'nowhere' ? head : after === 'newest' ? Math.max(0, head - limits.recentEntries) : after;

/** The same way without hints: slower, and with no one to take turns with. */
const enterCold = async (app: Uses, { conversation, sender, after }: Attempt): Promise<Entrance> => {
  const truth = await readTruth(app, conversation);
  const members = truth?.members.filter(({ role }) => role !== 'out') ?? [];
  if (!truth || !members.some((member) => isIn(member) && member.user === sender)) throw notFound();
  const { head } = truth;
  const lookAbove = lowest(after, head.seq);
  if (lookAbove > head.seq) throw beyondHead();
  if (head.seq - lookAbove > limits.retryEntries) throw tooOld();
  return { head, lookAbove, members, now: app.clock.now() };
};

const enterWarm = async (
  app: Uses,
  attempt: Omit<Attempt, 'turn'>,
): Promise<Entrance | ({ recorded: true } & Head)> => {
  const { conversation, sender, after } = attempt;
  const waitUntil = app.clock.now() + turnMs;
  let turn = true;
  for (let left = rebuilds; left > 0; ) {
    const entered = await app.conversations.enter({ ...attempt, turn });
    switch (entered.kind) {
      case 'recorded':
        return { recorded: true, seq: entered.seq, ts: entered.ts };
      case 'entered': {
        const { head, members, now, found, looked, patched, activeAt } = entered;
        const lookAbove = looked ? head.seq : lowest(after, head.seq);
        return { head, members, now, lookAbove, remembered: { patched, activeAt }, ...(found && { found }) };
      }
      case 'too-old':
        throw tooOld();
      case 'busy':
        turn = app.clock.now() < waitUntil;
        if (turn) await app.clock.pause(app.chance.between(2, 5));
        break;
      case 'missing':
        left--;
        if ((await rebuild(app, conversation)) === 'none') throw notFound();
        break;
      case 'stranger':
        // Memory may not know of an addition yet.
        left--;
        if (!(await app.members.member(conversation, sender))) throw notFound();
        await app.conversations.drop(conversation);
        break;
      case 'behind': {
        // Either memory went back, or nobody ever saw that head.
        left--;
        const truth = await readTruth(app, conversation);
        if (!truth) throw notFound();
        if (typeof after === 'number' && after > truth.head.seq) throw beyondHead();
        await app.conversations.drop(conversation);
        break;
      }
    }
  }
  return enterCold(app, { ...attempt, turn: false });
};

/** The second step of a write: may this sender, where does the log end, and is it stored already? */
export const enter = async (
  app: Uses,
  attempt: Omit<Attempt, 'turn'>,
): Promise<Entrance | ({ recorded: true } & Head)> => {
  try {
    return await enterWarm(app, attempt);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return enterCold(app, { ...attempt, turn: false });
  }
};
