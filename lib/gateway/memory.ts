import type { ConnectionId } from '../../schema/ids.ts';
import type { Gateway } from './port.ts';

/** Connections that exist are those in `sockets`; what was posted to one is handed to it. */
export const memoryGateway = (
  sockets: Map<ConnectionId, { receive(frame: string): void; close(): void }>,
): Gateway => ({
  post: async (connection, frame) => {
    const socket = sockets.get(connection);
    if (!socket) return 'gone';
    socket.receive(frame);
    return 'sent';
  },
  close: async (connection) => {
    const socket = sockets.get(connection);
    if (!socket) return 'gone';
    sockets.delete(connection);
    socket.close();
    return 'closed';
  },
});
