import type { ConversationCreated, Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { digest } from '../digest.ts';
import { AppError } from '../errors.ts';
import { inLanes } from '../lanes.ts';
import type { ConversationRow } from '../members/port.ts';
import type { Note } from '../unannounced/port.ts';

/** One conversation per pair, for ever: its id is computed, so it cannot exist twice. */
export const directId = (one: UserId, other: UserId) =>
  `d:${digest('direct', ...[one, other].sort())}` as ConversationId;

/** The same creator and key always mean the same group. */
export const groupId = (creator: UserId, key: string) =>
  `g:${digest('group', creator, key)}` as ConversationId;

export type Founding = {
  id: ConversationId;
  kind: ConversationRow['kind'];
  title?: string;
  creator: UserId;
  /** All of them, the creator included. */
  members: UserId[];
  /** Throws where it may not be. Asked before anything is written, and not where it is there already. */
  allow?: () => Promise<void>;
  /** The same. Asked once the members' rows are there, for a block set meanwhile looks for them. */
  check?: () => Promise<void>;
};

/** Entry 1, and whether this call stored it, so that its caller announces it. */
export type First = { entry: Entry; fresh: boolean; note?: Note };

type Uses = Pick<App, 'members' | 'messages' | 'unannounced' | 'clock'>;

const lanes = 16;
const deadlineMs = 4_000;
/** How long to wait before a statement that was not answered is repeated. */
const unsureMs = 20;

/**
 * Writes entry 1 from the rows; whoever finds the log empty does. Everything in it is read, never made up here, so
 * that two who write it write the same.
 */
export const writeFirst = async (app: Uses, row: ConversationRow): Promise<First> => {
  const there = await app.messages.at(row.id, 1);
  if (there) return { entry: there, fresh: false };

  const note: Note = { conversation: row.id, seq: 1, kind: 'creation', at: app.clock.now() };
  await app.unannounced.note(note);
  const members = (await app.members.of(row.id)).map(({ user }) => user).sort();
  const entry: ConversationCreated = {
    type: 'conversation.created',
    conversation: row.id,
    seq: 1,
    ts: row.createdAt,
    from: row.creator,
    key: row.id,
    kind: row.kind,
    ...(row.title !== undefined && { title: row.title }),
    members,
  };
  const deadline = app.clock.now() + deadlineMs;
  let unsure = false;
  for (;;) {
    const answer = await app.messages.append(entry);
    if (answer === 'stored') return { entry, fresh: true, note };
    if (answer !== 'unknown') return { entry: answer, fresh: unsure, note };
    unsure = true;
    await app.clock.pause(unsureMs);
    if (app.clock.now() >= deadline)
      throw new AppError('unavailable', 'unable to create; no certain answer in time');
  }
};

const keyTaken = () =>
  new AppError('bad-request', 'unable to create; the key belongs to another group of yours', {
    pointer: '/key',
  });

/** Members and their side first, the conversation's row last, then entry 1. A call that died is completed by another. */
export const create = async (
  app: Uses,
  { id, kind, title, creator, members, allow, check }: Founding,
): Promise<First> => {
  const request = digest(kind, title ?? '', ...[...members].sort());
  let row = await app.members.conversation(id);
  if (!row) {
    await allow?.();
    const roleOf = (user: UserId) =>
      kind !== 'direct' && user === creator ? ('owner' as const) : ('member' as const);
    const peerOf = (user: UserId) =>
      kind === 'direct' ? members.find((other) => other !== user) : undefined;
    await inLanes(lanes, members, (user) =>
      app.members.add(id, { user, role: roleOf(user), version: 1 }, peerOf(user)),
    );
    await check?.();
    // An attempt with the same key that asked for others may have died, or go on beside this one.
    const asked = new Set(members);
    if (kind !== 'direct' && (await app.members.of(id)).some(({ user }) => !asked.has(user)))
      throw keyTaken();
    const written = {
      id,
      kind,
      creator,
      request,
      createdAt: app.clock.now(),
      ...(title !== undefined && { title }),
    };
    await app.members.create(written);
    row = await app.members.conversation(id);
    if (!row) throw new AppError('unavailable', 'unable to create; the conversation does not show yet');
  }
  if (kind !== 'direct' && row.request !== request) throw keyTaken();
  return writeFirst(app, row);
};
