import { deleteMessage, editMessage, react } from '../lib/actions/messages/change.ts';
import { onFrames } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { DeleteMessage, EditMessage, React } from '../schema/frames.ts';

export const handler = onFrames(
  {
    editMessage: [EditMessage, editMessage],
    deleteMessage: [DeleteMessage, deleteMessage],
    react: [React, react],
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
