import { sync } from '../lib/actions/sync/sync.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { Sync } from '../schema/frames.ts';

export const handler = onFrame(Sync, sync, () => ({
  chance: live.chance,
  clock: live.clock,
  connections: live.connections(),
  conversations: live.conversations(),
  cursors: live.cursors(),
  gateway: live.gateway(),
  log: live.log,
  members: live.members(),
  messages: live.messages(),
  presence: live.presence(),
  queue: live.queue(),
  receipts: live.receipts(),
  unannounced: live.unannounced(),
  users: live.users(),
}));
