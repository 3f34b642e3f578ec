import { timer } from '../clock.ts';
import type { Clock } from '../types/environment.ts';
import type { Inbox, InboxHead } from '../wire.gen.ts';

/** What repairs a doubt: what changed since the version that is followed, or everything held against everything there is. */
export type Repair = 'inbox' | 'compare';

/** Frames may overtake each other by so much. */
const stragglersMs = 1_000;

/** Follows the versions of the inbox, and notices when one was missed. */
export const inboxFollower = (clock: Clock, repair: (by: Repair) => void) => {
  let mine: InboxHead | undefined;
  /** Steps that do not join on yet. */
  let ahead: Inbox[] = [];
  /** A version that was heard of without its steps. */
  let heard = 0;
  const stragglers = timer(clock);

  const look = () => {
    if (!mine) return;
    ahead.sort((one, other) => one.prev - other.prev);
    let forgotten = false;
    const { epoch } = mine;
    let { version } = mine;
    ahead = ahead.filter((step) => {
      if (step.prev === version) version = step.version;
      else if (step.prev < version && step.version > version) forgotten = true;
      return step.prev > version;
    });
    mine = { epoch, version };
    if (forgotten) return repair('compare');
    if (ahead.length === 0 && heard <= version) return stragglers.stop();
    if (!stragglers.isSet()) stragglers.start(() => repair('inbox'), stragglersMs);
  };

  return {
    mine: () => mine,
    /** Whether something was missed before it. */
    misses: ({ prev }: Inbox) => mine && mine.version !== prev,
    /** A push or an ack came. */
    follow: (step: Inbox) => {
      ahead.push(step);
      look();
    },
    /** Told where the inbox stands, without what changed. */
    stands: (head: InboxHead) => {
      if (!mine) return;
      if (head.epoch !== mine.epoch) return repair('inbox');
      heard = Math.max(heard, head.version);
      look();
    },
    /** A sync is through: everything up to its inbox is known. */
    settle: (head: InboxHead) => {
      stragglers.stop();
      if (!mine || mine.epoch !== head.epoch || mine.version < head.version) mine = head;
      heard = 0;
      ahead = ahead.filter(({ version }) => version > head.version);
      look();
    },
    stop: stragglers.stop,
  };
};
export type InboxFollower = ReturnType<typeof inboxFollower>;
