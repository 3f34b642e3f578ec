import type { ConnectionId } from '../schema/ids.ts';
import type { Claims } from './tickets/port.ts';

/** Who asks: what the verified token says. On the socket it comes with every event of the connection. */
export type Caller = Claims;
export type ConnectedCaller = Caller & { connection: ConnectionId };
