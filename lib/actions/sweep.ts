import type { App } from '../app.ts';
import { count, measure } from '../metrics/measure.ts';
import { type ConnectionsUses, sweepConnections } from './sweep/connections.ts';
import { type NotesUses, sweepNotes } from './sweep/notes.ts';

type Uses = ConnectionsUses & NotesUses & Pick<App, 'clock'>;

/** Heartbeats of a few seconds need a look every few seconds; the schedule knows minutes. */
const everyMs = 5_000;
/** When the last round begins at the latest: the next sweep goes on from 60 s. */
const roundsMs = 55_000;

const watch = async (app: Uses, once: boolean) => {
  const begun = app.clock.now();
  const total = { closed: 0, changed: 0 };
  for (let round = 1; ; round++) {
    const { closed, changed, brisk } = await sweepConnections(app, begun + roundsMs);
    total.closed += closed;
    total.changed += changed;
    const took = app.clock.now() - begun;
    const next = Math.max(took, round * everyMs);
    if (once || !brisk || next > roundsMs) return total;
    await app.clock.pause(next - took);
  }
};

/** Looks at the age of each note that goes by. */
const aging = (app: Uses, seen: (ms: number) => void): Uses['unannounced'] => ({
  note: (note) => app.unannounced.note(note),
  forget: (note) => app.unannounced.forget(note),
  all: async function* () {
    for await (const note of app.unannounced.all()) {
      seen(app.clock.now() - note.at);
      yield note;
    }
  },
});

/** What handlers could not do, and what time alone brings about. `once`: somebody calls every few seconds. */
export const sweep = async (
  app: Uses,
  { once = false }: { once?: boolean } = {},
): Promise<{ announced: number; closed: number; changed: number }> => {
  let lag = 0;
  const unannounced = aging(app, (ms) => {
    lag = Math.max(lag, ms);
  });
  const [notes, connections] = await Promise.allSettled([
    sweepNotes({ ...app, unannounced }),
    watch(app, once),
  ]);
  measure('sweepLagMs', lag);
  if (notes.status === 'rejected') throw notes.reason;
  if (connections.status === 'rejected') throw connections.reason;
  count('announced', notes.value.announced);
  return { ...notes.value, ...connections.value };
};
