import { authorize } from '../lib/actions/users/authorize.ts';
import { onAuthorize } from '../lib/edge/on-authorize.ts';
import * as live from '../lib/live.ts';

export const handler = onAuthorize((shown) =>
  authorize(
    { tokens: live.tokens(), tickets: live.tickets(), users: live.users(), clock: live.clock },
    shown,
  ),
);
