import type { ConnectionId, ConversationId } from '../schema/ids.ts';
import type { Claims } from './tickets/port.ts';

/** Who asks: what the verified token says. On the socket it comes with every event of the connection. */
export type Caller = Claims;
/** Whom the authorizer lets in. */
export type Admitted = Caller & {
  /** Of the inbox, from before the device was looked at; nothing where Redis was away. */
  epoch?: string;
};
export type ConnectedCaller = Admitted & {
  connection: ConnectionId;
  /** When the gateway opened the connection, in milliseconds since 1970, by its clock. */
  connectedAt?: number;
  /** What the connection was opened for, by `?conversation=`: the older form of frames does not name it. */
  conversation?: ConversationId;
};
