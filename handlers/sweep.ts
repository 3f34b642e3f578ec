import { sweep } from '../lib/actions/sweep.ts';
import { onSchedule } from '../lib/edge/on-invoke.ts';
import * as live from '../lib/live.ts';

export const handler = onSchedule('sweep.finished', ({ once }) =>
  sweep(
    {
      beats: live.beats(),
      chance: live.chance,
      clock: live.clock,
      connections: live.connections(),
      conversations: live.conversations(),
      gateway: live.gateway(),
      log: live.log,
      members: live.members(),
      messages: live.messages(),
      presence: live.presence(),
      queue: live.queue(),
      seen: live.seen(),
      unannounced: live.unannounced(),
      users: live.users(),
    },
    { once: once === true },
  ),
);
