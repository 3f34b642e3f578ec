import { connect } from '../lib/actions/connections/connect.ts';
import { onConnect } from '../lib/edge/on-lifecycle.ts';
import * as live from '../lib/live.ts';

export const handler = onConnect((caller, origin) =>
  connect(
    {
      clock: live.clock,
      connections: live.connections(),
      gateway: live.gateway(),
      log: live.log,
      presence: live.presence(),
      queue: live.queue(),
      spareRates: live.spareRates(),
    },
    caller,
    { origin, allowed: live.origins() },
  ),
);
