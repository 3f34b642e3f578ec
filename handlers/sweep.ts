import { sweep } from '../lib/actions/sweep.ts';
import { onSchedule } from '../lib/edge/on-schedule.ts';
import * as live from '../lib/live.ts';

export const handler = onSchedule('sweep.finished', () =>
  sweep({
    clock: live.clock,
    connections: live.connections(),
    conversations: live.conversations(),
    gateway: live.gateway(),
    log: live.log,
    members: live.members(),
    messages: live.messages(),
    unannounced: live.unannounced(),
  }),
);
