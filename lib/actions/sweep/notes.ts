import type { Entry } from '../../../schema/entries.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import { agreeOnBlocks } from '../../blocks.ts';
import { keepOwned, mayBeUnowned } from '../../changes/owners.ts';
import { deliver } from '../../deliver.ts';
import { markAll } from '../../entries/announce.ts';
import { writeFirst } from '../../entries/create.ts';
import { isUnavailable } from '../../errors.ts';
import { inLanes } from '../../lanes.ts';
import { joinTexts } from '../../reading/join.ts';
import type { ChangeNote, Note } from '../../unannounced/port.ts';
import { completeChange } from './changes.ts';

export type NotesUses = Pick<
  App,
  | 'unannounced'
  | 'conversations'
  | 'connections'
  | 'members'
  | 'messages'
  | 'gateway'
  | 'presence'
  | 'queue'
  | 'users'
  | 'clock'
  | 'chance'
  | 'log'
>;

/** Whoever wrote a younger note of a creation or a change may still be at it. */
const halfWayMs = 6_000;

const isChange = (note: Note): note is ChangeNote => note.by !== undefined;

const entryOf = async (app: NotesUses, note: Note) => {
  if (isChange(note)) return completeChange(app, note);
  const there = await app.messages.at(note.conversation, note.seq);
  if (there || note.kind !== 'creation') return there;
  const row = await app.members.conversation(note.conversation);
  return row && (await writeFirst(app, row)).entry;
};

const agreeOn = async (app: NotesUses, { conversation, by, of }: Note): Promise<true> => {
  if (by && of !== undefined) await agreeOnBlocks(app, conversation, [by.from, of as UserId]);
  return true;
};

/** Who left it without an owner may have died before he saw that. */
const seeOwned = async (app: NotesUses, { conversation, kind, by }: Note, entry: Entry) => {
  if (kind !== 'member' || !by || !mayBeUnowned(entry)) return;
  const kept = await keepOwned(app, conversation, { ...by, after: 'newest' });
  for (const publication of kept?.publish ?? []) await deliver(app, publication);
  await kept?.meanwhile?.();
};

/** Drops what Redis may hold stale, marks, publishes; `false` while somebody could not be marked. */
const announce = async (app: NotesUses, note: Note): Promise<boolean> => {
  const { conversation, kind } = note;
  if (kind === 'block') return agreeOn(app, note);
  await app.conversations.drop(conversation);
  const entry = await entryOf(app, note);
  // Whoever's membership was settled without an entry finds that out for himself, by a sync.
  if (!entry && kind === 'member' && note.of !== undefined) {
    return !(await markAll(app, conversation, [note.of as UserId])).incomplete;
  }
  if (!entry) return true;
  // Somebody may have remembered the log as it was before this entry was in it.
  if (kind !== 'entry') await app.conversations.drop(conversation);
  const members = (await app.members.of(conversation)).map(({ user }) => user);
  const concerned = new Set('user' in entry ? [...members, entry.user] : members);
  const { recipients, incomplete } = await markAll(app, conversation, concerned);
  const [frame = entry] = await joinTexts(app, conversation, [entry]);
  await deliver(app, { frame, recipients: [...recipients.values()] });
  await app.members.active(conversation, members, entry.ts);
  await seeOwned(app, note, entry);
  return !incomplete;
};

/** Refusals in a row after which a store counts as away; the notes stand, and the next sweep goes on. */
const patience = 5;
/** Conversations at once. Within one its entries are announced in their order. */
const lanes = 8;
/** Notes that are sorted into conversations together. */
const atOnce = 256;
/** A note is begun no later than this after the sweep was: it is given as long again as a handler takes. */
const beginMs = 45_000;

async function* batches(notes: AsyncIterable<Note>): AsyncIterable<Note[]> {
  let batch: Note[] = [];
  for await (const note of notes) {
    if (batch.push(note) < atOnce) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Does the work that was noted because its handler could not, and takes each note away last. */
export const sweepNotes = async (app: NotesUses): Promise<{ announced: number }> => {
  const begun = app.clock.now();
  let announced = 0;
  let refused = 0;
  const isDue = (note: Note) => note.kind === 'entry' || app.clock.now() - note.at >= halfWayMs;
  const isOver = () => refused >= patience || app.clock.now() - begun > beginMs;

  const settle = async (note: Note) => {
    try {
      if (await announce(app, note)) {
        await app.unannounced.forget(note);
        announced++;
      }
      refused = 0;
    } catch (error) {
      // One note that cannot be done must not stand before the others.
      if (!isUnavailable(error)) app.log.error('sweep.failed', { kind: note.kind, cause: error });
      else if (++refused === patience) app.log.warn('sweep.interrupted', { announced, cause: error });
    }
  };

  try {
    for await (const batch of batches(app.unannounced.all())) {
      const byConversation = Map.groupBy(batch.filter(isDue), ({ conversation }) => conversation);
      await inLanes(lanes, [...byConversation.values()], async (notes) => {
        for (const note of notes) if (!isOver()) await settle(note);
      });
      if (isOver()) break;
    }
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    app.log.warn('sweep.interrupted', { announced, cause: error });
  }
  return { announced };
};
