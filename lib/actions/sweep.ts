import type { App } from '../app.ts';
import { deliver } from '../deliver.ts';
import { markAll } from '../entries/announce.ts';
import { writeFirst } from '../entries/create.ts';
import { isUnavailable } from '../errors.ts';
import type { Note } from '../unannounced/port.ts';

type Uses = Pick<
  App,
  'unannounced' | 'conversations' | 'connections' | 'members' | 'messages' | 'gateway' | 'clock' | 'log'
>;

/** Whoever wrote a younger note of a creation may still be at it. */
const halfWayMs = 6_000;

const entryOf = async (app: Uses, { conversation, seq, kind }: Note) => {
  const there = await app.messages.at(conversation, seq);
  if (there || kind !== 'creation') return there;
  const row = await app.members.conversation(conversation);
  return row && (await writeFirst(app, row)).entry;
};

/** Drops what Redis may hold stale, marks, publishes; `false` while somebody could not be marked. */
const announce = async (app: Uses, note: Note): Promise<boolean> => {
  const { conversation } = note;
  await app.conversations.drop(conversation);
  const entry = await entryOf(app, note);
  if (!entry) return true;
  const users = (await app.members.of(conversation)).map(({ user }) => user);
  const { recipients, incomplete } = await markAll(app, conversation, users);
  await deliver(app, { entry, recipients: [...recipients.values()] });
  await app.members.active(conversation, users, entry.ts);
  return !incomplete;
};

/** Refusals in a row after which a store counts as away; the notes stand, and the next sweep goes on. */
const patience = 5;

/** Does the work that was noted because its handler could not, and takes each note away last. */
export const sweep = async (app: Uses): Promise<{ announced: number }> => {
  let announced = 0;
  let refused = 0;
  try {
    for await (const note of app.unannounced.all()) {
      if (note.kind === 'creation' && app.clock.now() - note.at < halfWayMs) continue;
      try {
        if (await announce(app, note)) {
          await app.unannounced.forget(note);
          announced++;
        }
        refused = 0;
      } catch (error) {
        // One note that cannot be done must not stand before the others.
        if (!isUnavailable(error)) app.log.error('sweep.failed', { kind: note.kind, cause: error });
        else if (++refused === patience) throw error;
      }
    }
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    app.log.warn('sweep.interrupted', { announced, cause: error });
  }
  return { announced };
};
