import type { Entry, Role } from '../../schema/entries.ts';
import type { ConnectionId, ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { App } from '../app.ts';
import { type Attempt, isIn, type Member } from '../conversations/port.ts';
import { markAll } from '../entries/announce.ts';
import type { Appended, AppendUses, Begin } from '../entries/append.ts';
import type { Draft } from '../entries/draft.ts';
import { beyondHead, lowest, tooOld } from '../entries/enter.ts';
import { readTruth } from '../entries/rebuild.ts';
import { type Prepare, type Walked, type Walking, walk } from '../entries/walk.ts';
import { AppError, tried } from '../errors.ts';
import { asMember, type StandingMember } from '../members/port.ts';
import { type Change, isBy } from '../messages/port.ts';
import type { ChangeNote } from '../unannounced/port.ts';
import { type CompleteUses, completeEntry } from './complete.ts';
import { tell, untilCertain } from './patch.ts';

type Made = 'member.joined' | 'member.left' | 'member.changed';

/** What shall become of a membership. */
export type Decision = { made: Made; role: Role };

export type Membership = {
  conversation: ConversationId;
  /** Whose membership. */
  user: UserId;
  by: Pick<Change, 'from' | 'key'>;
  after: Attempt['after'];
  /** Throws where the sender may not, or it is so already. `row` is no claim. */
  decide: (row: StandingMember | undefined, members: Member[]) => Promise<Decision> | Decision;
  except?: ConnectionId;
};

/** `unowned`: nobody is an owner after it; `entry` is what it came to, or what its key led to. */
export type Changed = Appended & { entry: Entry; unowned: boolean };

const storeMs = 4_000;

const claims = { 'member.joined': 'joining', 'member.left': 'leaving', 'member.changed': 'in' } as const;
const settled = { joining: 'in', leaving: 'out', in: 'in', out: 'out' } as const;
const isClaim = ({ state }: StandingMember) => state === 'joining' || state === 'leaving';

/** The entry that tells of a membership's last change. It names the version that stands once the change is settled. */
const memberDraft = (conversation: ConversationId, row: StandingMember): Draft => {
  const { from, key, made } = row.change as Change;
  const common = {
    conversation,
    from,
    key,
    user: row.user,
    version: isClaim(row) ? row.version + 1 : row.version,
  };
  return made === 'member.left'
    ? { type: made, ...common }
    : { type: made === 'member.joined' ? made : 'member.changed', ...common, role: row.role };
};

/** The row's last step, by whoever gets there first: a claim becomes what it claimed. */
const settleRow = (
  app: Pick<App, 'members' | 'clock'>,
  conversation: ConversationId,
  user: UserId,
  by: Membership['by'],
) =>
  untilCertain(app, async () => {
    const row = await app.members.standing(conversation, user);
    if (!row || !isBy(row.change, by) || !isClaim(row)) return row ?? ('gone' as const);
    const side = { in: row.state === 'joining', version: row.version + 1 };
    // Seen from the user's side a little early or late: only the row itself lets in.
    await app.members.belong(user, conversation, side);
    const made = { ...row, state: settled[row.state], version: row.version + 1 };
    return (await app.members.change(conversation, made)) === 'changed' ? made : undefined;
  });

/** Finishes a change of a membership that somebody began: its entry, then its row. */
export const completeMembership = async (
  app: CompleteUses & Pick<App, 'conversations'>,
  conversation: ConversationId,
  row: StandingMember,
): Promise<Walked | undefined> => {
  const { change } = row;
  if (!change?.made) return undefined;
  const walked = await completeEntry(app, conversation, change, memberDraft(conversation, row));
  await settleRow(app, conversation, row.user, change);
  await app.conversations.drop(conversation);
  return walked;
};

/** Claims the row: from here on whoever is removed is no member, and whoever joins is not yet one. */
const claim = (
  app: AppendUses,
  { conversation, user, by, decide }: Membership,
  holder: string,
  members: Member[],
  walking: Walking,
  begin: Begin,
): ReturnType<Prepare> =>
  untilCertain(app, async () => {
    const row = await app.members.standing(conversation, user);
    if (row && isBy(row.change, by)) {
      return { draft: memberDraft(conversation, row), binding: true, above: row.change?.head ?? 0 };
    }
    if (row && isClaim(row)) {
      await completeMembership(app, conversation, row);
      return undefined;
    }
    if (row?.change?.made === 'member.changed') {
      await tell(app, conversation, row.change, () => memberDraft(conversation, row));
    }
    if (await walking.look()) return 'found';
    const { made, role } = await decide(row, members);
    await begin();
    const version = (row?.version ?? 0) + 1;
    await app.conversations.beginMembers(
      conversation,
      holder,
      made === 'member.left' ? { user, version } : undefined,
    );
    const change = { ...by, head: walking.below().seq, made };
    const claimed: StandingMember = { user, state: claims[made], role, version, change };
    const answer = await app.members.change(conversation, claimed);
    return answer === 'changed' ? { draft: memberDraft(conversation, claimed), binding: true } : undefined;
  });

const startAt = async (app: AppendUses, { conversation, after }: Membership) => {
  const truth = await readTruth(app, conversation);
  if (!truth) throw new AppError('not-found', 'unable to change members; no such conversation');
  const lookAbove = lowest(after, truth.head.seq);
  if (lookAbove > truth.head.seq) throw beyondHead();
  if (truth.head.seq - lookAbove > limits.retryEntries) throw tooOld();
  return { ...truth, lookAbove };
};

/**
 * Changes one membership: memory denies first, the row is claimed, the entry is walked in, the row is settled, memory
 * is told, everybody is marked. Every crash fails closed, and is completed by a retry, by the next who meets the
 * claim, or by the sweep. With Redis away it is refused, for memory could let in whom the row does not.
 */
export const changeMembership = async (app: AppendUses, membership: Membership): Promise<Changed> => {
  const { conversation, user, by, except } = membership;
  const holder = app.chance.id();
  const start = await startAt(app, membership);
  const note: ChangeNote = { conversation, seq: 0, kind: 'member', by, of: user, at: app.clock.now() };
  const deadline = note.at + storeMs;
  const begin = async () => {
    // Later than this the sweep may be at the same note, and would take away what is written anew.
    if (app.clock.now() >= deadline)
      throw new AppError('unavailable', 'unable to change members; out of time');
    await app.unannounced.note(note);
  };
  const { entry, base } = await walk(app, {
    conversation,
    by,
    prepare: (walking) => claim(app, membership, holder, start.members, walking, begin),
    head: start.head,
    lookAbove: start.lookAbove,
    members: start.members.filter(isIn),
    anyone: true,
    now: note.at,
    deadline,
  });

  const row = await settleRow(app, conversation, user, by);
  const stored = { seq: entry.seq, ts: entry.ts };
  const told = await tried(
    app.conversations.finish({
      conversation,
      sender: by.from,
      key: by.key,
      holder,
      base,
      stored,
      ...(row !== 'gone' && { member: asMember(row) }),
    }),
  );
  // A key of something else leads to that: it is nothing for who is no member.
  const concerned = 'user' in entry ? [entry.user] : [];
  const standing = await app.members.of(conversation);
  const members = standing.map((member) => member.user);
  const marks = await markAll(app, conversation, new Set([...members, ...concerned]));
  const inbox = marks.recipients.get(by.from)?.inbox;
  return {
    stored,
    entry,
    unowned: standing.every(({ role }) => role !== 'owner'),
    ...(inbox && { inbox }),
    publish: [{ frame: entry, recipients: [...marks.recipients.values()], ...(except && { except }) }],
    meanwhile: async () => {
      // Nothing else tells who compares later, once Redis has forgotten the marks.
      const active = await tried(app.members.active(conversation, members, entry.ts));
      // The note has the sweep do again what could not be done.
      if (told && active && !marks.incomplete) await tried(app.unannounced.forget(note));
    },
  };
};
