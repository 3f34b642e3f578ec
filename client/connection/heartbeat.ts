import { timer } from '../clock.ts';
import type { Clock } from '../types/environment.ts';
import type { Link } from './link.ts';

/** A page that was away, and its line with it, is told apart from one whose line still holds within this time. */
const probeMs = 5_000;

/** Says that we live, and notices when nobody answers: what is silent for a whole beat after a ping is dead. */
export const heartbeat = (clock: Clock, seconds: number) => {
  const next = timer(clock);
  const ping = (link: Link, withinMs: number, every?: number) => {
    const at = clock.now();
    link.ask('ping', { every }).catch(() => {});
    next.start(() => (link.heardAt() < at ? link.close() : beat(link)), withinMs);
  };
  const beat = (link: Link) => ping(link, seconds * 1000, seconds);
  return {
    start: beat,
    /** Whether it is still there, sooner than the next beat would tell. */
    probe: (link: Link) => ping(link, probeMs),
    stop: next.stop,
  };
};
