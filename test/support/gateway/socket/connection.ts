import type { WebSocket } from 'ws';
import type { Limits } from '../limits.ts';
import type { Facts } from './events.ts';

/** An open connection: text messages both ways, its limits, and one end. */
export type Connection = {
  facts: Facts;
  lastActiveAt: number;
  isOver: boolean;
  send(text: string): void;
  close(closed: Closed): void;
  /** A frame over the limit came after so many messages: those still count, none after them. */
  exceed(completeMessages: number): void;
  /** Whether the client reads too slowly to be sent more. */
  isFull(): boolean;
  /** Ends it as a lost network does: no close frame. */
  cut(): void;
};

export type Closed = { code: number; reason: string };

/** Codes and words as recorded in `$disconnect` events (platform.md 1.2); the words marked so are ours. */
export const endings = {
  /** https://github.com/boto/boto3/issues/3789: DELETE closes with 1000. */
  deleted: { code: 1000, reason: 'Connection Closed Normally' },
  /** Recorded ten minutes after the last message. Of the two hours no record was found. */
  idle: { code: 1001, reason: 'Going away' },
  tooOld: { code: 1001, reason: 'Going away' },
  binary: { code: 1003, reason: 'binary frame (our words)' },
  tooLarge: { code: 1009, reason: 'frame or message too large (our words)' },
};
const withoutCode = 'Client-side close frame status not set';

export const openConnection = (options: {
  socket: WebSocket;
  facts: Facts;
  limits: Limits;
  onMessage: (connection: Connection, text: string) => void;
  /** Once, whoever ended it. */
  onEnd: (connection: Connection, closed: Closed) => void;
}): Connection => {
  const { socket, facts, limits, onMessage, onEnd } = options;
  let counted = 0;
  let atMost = Number.POSITIVE_INFINITY;

  const end = (closed: Closed) => {
    if (connection.isOver) return;
    connection.isOver = true;
    clearTimeout(idle);
    clearTimeout(old);
    onEnd(connection, closed);
  };
  const close = (closed: Closed) => {
    socket.close(closed.code);
    end(closed);
  };
  const touch = () => {
    connection.lastActiveAt = Date.now();
    idle.refresh();
  };

  const connection: Connection = {
    facts,
    lastActiveAt: facts.connectedAt,
    isOver: false,
    send: (text) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at === 0 || at < bytes.length; at += limits.frameBytes) {
        const rest = bytes.subarray(at);
        socket.send(rest.subarray(0, limits.frameBytes), {
          binary: false,
          fin: rest.length <= limits.frameBytes,
        });
      }
      touch();
    },
    close,
    exceed: (completeMessages) => {
      atMost = completeMessages;
      if (counted >= atMost) close(endings.tooLarge);
    },
    isFull: () => socket.bufferedAmount > limits.clientBufferBytes,
    cut: () => socket.terminate(),
  };
  const idle = setTimeout(() => close(endings.idle), limits.idleMs);
  const old = setTimeout(() => close(endings.tooOld), limits.connectionMs);

  socket.on('message', (data, isBinary) => {
    if (connection.isOver || counted >= atMost) return;
    counted++;
    if (isBinary) return close(endings.binary);
    touch();
    onMessage(connection, String(data));
    if (counted >= atMost) close(endings.tooLarge);
  });
  // `ws` closes by itself what breaks the protocol or the size of a message; its code is the one AWS uses.
  socket.on('error', (error: Error & { code?: string }) => {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') end(endings.tooLarge);
  });
  socket.on('close', (code, reason) =>
    end({ code, reason: code === 1005 ? withoutCode : reason.toString('utf8') }),
  );
  return connection;
};
