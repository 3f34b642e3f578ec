import type { ConnectionId, ConversationId } from '../schema/ids.ts';
import type { Claims } from './tickets/port.ts';

/** Who asks: what the verified token says. On the socket it comes with every event of the connection. */
export type Caller = Claims;
export type ConnectedCaller = Caller & {
  connection: ConnectionId;
  /** What the connection was opened for, by `?conversation=`: the older form of frames does not name it. */
  conversation?: ConversationId;
};
