import { typing } from '../lib/actions/connections/typing.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { Typing } from '../schema/frames.ts';

export const handler = onFrame(Typing, typing, () => ({
  clock: live.clock,
  connections: live.connections(),
  conversations: live.conversations(),
  gateway: live.gateway(),
  log: live.log,
  policy: live.policy(),
  presence: live.presence(),
  queue: live.queue(),
}));
