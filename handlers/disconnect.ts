import { disconnect } from '../lib/actions/connections/disconnect.ts';
import { onDisconnect } from '../lib/edge/on-lifecycle.ts';
import * as live from '../lib/live.ts';

export const handler = onDisconnect((caller) => disconnect({ connections: live.connections() }, caller));
