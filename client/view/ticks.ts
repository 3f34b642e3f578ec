import { timer } from '../clock.ts';
import type { Clock } from '../types/environment.ts';

/** From the first time to the last; each time after twice as long, until something happens again. */
const soonestMs = 15_000;
const latestMs = 240_000;

/** Asks for what is not told by itself, while somebody wants to know: soon after something happened, then ever less often. */
export const asking = (clock: Clock, isWanted: () => boolean, ask: () => Promise<void>) => {
  const next = timer(clock);
  let waits = 0;
  const later = (ms: number) => {
    waits = ms;
    next.start(() => void run(), ms);
  };
  const run = async () => {
    if (!isWanted()) return;
    // What fails is asked again in its turn.
    await ask().catch(() => {});
    if (waits < latestMs) later(2 * waits);
  };
  return {
    news: () => {
      if ((!next.isSet() || waits > soonestMs) && isWanted()) later(soonestMs);
    },
    stop: () => {
      next.stop();
      // What is under way is the last.
      waits = latestMs;
    },
  };
};
