import { refreshToken } from '../lib/actions/connections/refresh-token.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { RefreshToken } from '../schema/frames.ts';

export const handler = onFrame(RefreshToken, refreshToken, () => ({
  connections: live.connections(),
  gateway: live.gateway(),
  tokens: live.tokens(),
  users: live.users(),
}));
