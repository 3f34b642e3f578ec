import { deleteEvent, editEvent, messageEvent } from '../lib/actions/messages/events.ts';
import { onEvents } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { DeleteEvent, EditEvent, MessageEvent } from '../schema/events.ts';

export const handler = onEvents(
  {
    'message:message': [MessageEvent, messageEvent],
    'message:edit': [EditEvent, editEvent],
    'message:delete': [DeleteEvent, deleteEvent],
  },
  () => ({
    chance: live.chance,
    clock: live.clock,
    connections: live.connections(),
    conversations: live.conversations(),
    gateway: live.gateway(),
    log: live.log,
    members: live.members(),
    messages: live.messages(),
    policy: live.policy(),
    presence: live.presence(),
    queue: live.queue(),
    rates: live.rates(),
    spareRates: live.spareRates(),
    unannounced: live.unannounced(),
    users: live.users(),
  }),
);
