import { sendMessage } from '../lib/actions/messages/send.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import * as live from '../lib/live.ts';
import { SendMessage } from '../schema/frames.ts';

export const handler = onFrame(SendMessage, sendMessage, () => ({
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
}));
