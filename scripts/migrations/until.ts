import { setTimeout as pause } from 'node:timers/promises';
import type { Beat } from './lease.ts';

const everyMs = 500;
const withinMs = 300_000;

/** What is found once it is there; until then it shows that it is alive. */
export const until = async <Found>(
  what: string,
  look: () => Promise<Found | false>,
  beat: Beat,
): Promise<Found> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what} is not active yet; run it again`);
    await beat();
    await pause(everyMs);
  }
};
