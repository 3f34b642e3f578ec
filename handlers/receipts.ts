import { markDelivered, markRead } from '../lib/actions/receipts/mark.ts';
import { onFrames } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { MarkDelivered, MarkRead } from '../schema/frames.ts';

export const handler = onFrames(
  { markDelivered: [MarkDelivered, markDelivered], markRead: [MarkRead, markRead] },
  () => ({
    chance: live.chance,
    clock: live.clock,
    connections: live.connections(),
    conversations: live.conversations(),
    gateway: live.gateway(),
    log: live.log,
    members: live.members(),
    messages: live.messages(),
    presence: live.presence(),
    queue: live.queue(),
    receipts: live.receipts(),
    unannounced: live.unannounced(),
  }),
);
