import { timer } from '../clock.ts';
import { ParleyError, unreachable } from '../error.ts';
import type { Clock, Socket, SocketConstructor } from '../types/environment.ts';
import type { Ack, ErrorFrame, Ok, Pong, PresenceFrame, ReceiptFrame, SyncFrame } from '../wire.gen.ts';

/** What answers which action. */
interface Answers {
  sendMessage: Ack;
  editMessage: Ack;
  deleteMessage: Ack;
  react: Ack;
  join: Ack;
  leave: Ack;
  markDelivered: ReceiptFrame;
  markRead: ReceiptFrame;
  typing: Ok;
  watchPresence: PresenceFrame;
  sync: SyncFrame;
  refreshToken: Ok;
  ping: Pong;
}
/** Sends a frame and waits for its answer. Rejects with a `ParleyError`. */
export type Ask = <Action extends keyof Answers>(action: Action, fields?: object) => Promise<Answers[Action]>;

/** Any frame of the server. */
export type Frame = { type?: string; id?: string } & Record<string, unknown>;

/** An answer that takes longer is as good as lost. */
const answerMs = 10_000;
const handshakeMs = 15_000;
/** How long the old connection of a planned change may wait for its answers. */
const overlapMs = 5_000;

export const lost = () => unreachable('no connection');
const unavailable = () => new ParleyError('unavailable', 'no answer', { retryable: true });

type Settle = (error: ParleyError | undefined, frame?: Frame) => void;

/** One socket, from its handshake to its end. */
export const openLink = (
  { WebSocket, clock, url }: { WebSocket: SocketConstructor; clock: Clock; url: string },
  token: string,
  on: { open(): void; frame(frame: Frame): void; down(): void },
) => {
  const waiting = new Map<string, Settle>();
  const end = timer(clock);
  let asked = 0;
  let isOpen = false;
  let isDown = false;
  let heardAt = clock.now();
  let socket: Socket | undefined;

  const down = () => {
    if (isDown) return;
    isDown = true;
    end.stop();
    for (const settle of waiting.values()) settle(lost());
    on.down();
  };

  const take = (frame: Frame) => {
    on.frame(frame);
    const { id, type } = frame;
    if (type === undefined) {
      // API Gateway's own: it does not say which frame it is about.
      for (const settle of waiting.values()) settle(unavailable());
      return;
    }
    const settle = waiting.get(id ?? '');
    if (!settle) return;
    if (type !== 'error') return settle(undefined, frame);
    const { code, message, ...details } = frame as unknown as ErrorFrame;
    // The connection gets a newer token by itself.
    const retryable = details.retryable || code === 'token-expired';
    settle(new ParleyError(code, message, { ...details, retryable }));
  };

  const link = {
    /** When anything was heard last. */
    heardAt: () => heardAt,
    ask: ((action, fields) =>
      new Promise((resolve, reject) => {
        if (!isOpen || isDown) return reject(lost());
        const id = String(++asked);
        const settle: Settle = (error, frame) => {
          clock.clearTimeout(late);
          waiting.delete(id);
          if (error) reject(error);
          else resolve(frame as never);
        };
        const late = clock.setTimeout(() => settle(unavailable()), answerMs);
        waiting.set(id, settle);
        socket?.send(JSON.stringify({ action, id, ...fields }));
      })) as Ask,
    /** Without waiting for the other side to agree: a dead line never would. */
    close: () => {
      if (isDown) return;
      try {
        socket?.close(1000);
      } finally {
        down();
      }
    },
    /** Another has taken its place: what was asked over it is still answered. */
    retire: () => (waiting.size > 0 ? end.start(link.close, overlapMs) : link.close()),
  };

  end.start(link.close, handshakeMs);
  try {
    socket = new WebSocket(url, ['chat.v1', `bearer.${token}`]);
    socket.onopen = () => {
      if (isDown) return socket?.close(1000);
      end.stop();
      heardAt = clock.now();
      isOpen = true;
      on.open();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (isDown) return;
      heardAt = clock.now();
      take(JSON.parse(data as string));
    };
    socket.onclose = down;
    socket.onerror = () => {};
  } catch {
    queueMicrotask(down);
  }
  return link;
};
export type Link = ReturnType<typeof openLink>;
