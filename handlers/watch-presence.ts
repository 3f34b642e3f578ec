import { watchPresence } from '../lib/actions/presence/watch.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { WatchPresence } from '../schema/frames.ts';

export const handler = onFrame(WatchPresence, watchPresence, () => ({
  connections: live.connections(),
  presence: live.presence(),
  seen: live.seen(),
  users: live.users(),
}));
