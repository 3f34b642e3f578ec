import { refreshToken } from '../lib/actions/connections/refresh-token.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { RefreshToken } from '../schema/frames.ts';

export const handler = onFrame(RefreshToken, refreshToken, () => ({
  clock: live.clock,
  connections: live.connections(),
  gateway: live.gateway(),
  log: live.log,
  presence: live.presence(),
  queue: live.queue(),
  tokens: live.tokens(),
  users: live.users(),
}));
