import { deliverQueued } from '../lib/deliver.ts';
import { onQueue } from '../lib/edge/on-invoke.ts';
import * as live from '../lib/live.ts';
import type { Publication } from '../lib/outcome.ts';

export const handler = onQueue<Publication>((publication) =>
  deliverQueued(
    { clock: live.clock, connections: live.connections(), gateway: live.gateway(), log: live.log },
    publication,
  ),
);
