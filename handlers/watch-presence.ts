import { watchPresence } from '../lib/actions/presence/watch.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { WatchPresence } from '../schema/frames.ts';

export const handler = onFrame(WatchPresence, watchPresence, () => ({
  clock: live.clock,
  connections: live.connections(),
  gateway: live.gateway(),
  log: live.log,
  presence: live.presence(),
  queue: live.queue(),
  seen: live.seen(),
  users: live.users(),
}));
