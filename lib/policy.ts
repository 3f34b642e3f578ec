import type { Clock } from './clock.ts';
import { isUnavailable } from './errors.ts';
import type { Window } from './rates/port.ts';
import type { Settings } from './settings/port.ts';

/** What a deployment, and its operator at run time, decide about users. */
export type Policy = {
  /** Messages that a user of this role may send. */
  sendWindow(role: string): Window | Promise<Window>;
  /** HTTP requests of one address that come without a token, and as many with a bad one. */
  strangerWindow(): Window;
  /** Whether anybody may register; else accounts come from other issuers, or were there before. */
  registers(): boolean;
};

type Options = {
  clock: Clock;
  settings: Settings;
  /** Messages in any second. */
  sends: number;
  sendsByRole: ReadonlyMap<string, number>;
  strangers: Window;
  registers: boolean;
};

/** How long a container goes by the factor that it has read. */
const factorMs = 10_000;

export const createPolicy = ({
  clock,
  settings,
  sends,
  sendsByRole,
  strangers,
  registers,
}: Options): Policy => {
  let factor = 1;
  let readAt = Number.NEGATIVE_INFINITY;

  const factorNow = async () => {
    if (clock.now() - readAt < factorMs) return factor;
    // Beforehand, so that the sends of a moment ask once; with the store away the last one counts.
    readAt = clock.now();
    try {
      factor = (await settings.factor()) ?? 1;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    return factor;
  };

  return {
    sendWindow: async (role) => {
      const count = (sendsByRole.get(role) ?? sends) * (await factorNow());
      return { count: Math.max(1, Math.round(count)), windowMs: 1_000 };
    },
    strangerWindow: () => strangers,
    registers: () => registers,
  };
};
