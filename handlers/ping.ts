import { ping } from '../lib/actions/connections/ping.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { Ping } from '../schema/frames.ts';

export const handler = onFrame(Ping, ping, () => ({
  clock: live.clock,
  connections: live.connections(),
  gateway: live.gateway(),
  log: live.log,
  presence: live.presence(),
  queue: live.queue(),
}));
