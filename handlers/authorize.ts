import { authorize } from '../lib/actions/users/authorize.ts';
import { onAuthorize } from '../lib/edge/on-authorize.ts';
import * as live from '../lib/live.ts';

export const handler = onAuthorize((shown) =>
  authorize(
    {
      clock: live.clock,
      connections: live.connections(),
      tickets: live.tickets(),
      tokens: live.tokens(),
      users: live.users(),
    },
    shown,
  ),
);
