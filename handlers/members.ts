import { join } from '../lib/actions/members/join.ts';
import { leave } from '../lib/actions/members/leave.ts';
import { onFrames } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { Join, Leave } from '../schema/frames.ts';

export const handler = onFrames({ join: [Join, join], leave: [Leave, leave] }, () => ({
  chance: live.chance,
  clock: live.clock,
  connections: live.connections(),
  conversations: live.conversations(),
  gateway: live.gateway(),
  log: live.log,
  members: live.members(),
  messages: live.messages(),
  policy: live.policy(),
  presence: live.presence(),
  queue: live.queue(),
  rates: live.rates(),
  spareRates: live.spareRates(),
  unannounced: live.unannounced(),
  users: live.users(),
}));
