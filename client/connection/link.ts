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

export const lost = () => unreachable('there is no connection');
const unavailable = () => new ParleyError('unavailable', 'no answer came', { retryable: true });

type Waiting = { resolve(frame: never): void; reject(error: ParleyError): void };

/** One socket, from its handshake to its end. */
export const openLink = (
  { WebSocket, clock, url }: { WebSocket: SocketConstructor; clock: Clock; url: string },
  token: string,
  on: { open(): void; frame(frame: Frame): void; down(): void },
) => {
  const waiting = new Map<string, Waiting>();
  let asked = 0;
  let isOpen = false;
  let isDown = false;
  let heardAt = clock.now();
  let socket: Socket | undefined;

  const down = () => {
    if (isDown) return;
    isDown = true;
    clock.clearTimeout(handshake);
    for (const { reject } of waiting.values()) reject(lost());
    on.down();
  };
  const handshake = clock.setTimeout(() => link.close(), handshakeMs);

  const take = (frame: Frame) => {
    on.frame(frame);
    const { id, type } = frame;
    if (type === undefined) {
      // API Gateway's own: it does not say which frame it is about.
      for (const { reject } of waiting.values()) reject(unavailable());
      return;
    }
    const one = id === undefined ? undefined : waiting.get(id);
    if (!one) return;
    if (type !== 'error') return one.resolve(frame as never);
    const { code, message, ...details } = frame as unknown as ErrorFrame;
    // The connection gets a newer token by itself.
    const retryable = details.retryable || code === 'token-expired';
    one.reject(new ParleyError(code, message, { ...details, retryable }));
  };

  const link = {
    /** When anything was heard last. */
    heardAt: () => heardAt,
    isBusy: () => waiting.size > 0,
    ask: ((action, fields) =>
      new Promise((resolve, reject) => {
        if (!isOpen || isDown) return reject(lost());
        const id = String(++asked);
        const settle = (act: () => void) => {
          clock.clearTimeout(timer);
          waiting.delete(id);
          act();
        };
        const timer = clock.setTimeout(() => settle(() => reject(unavailable())), answerMs);
        waiting.set(id, {
          resolve: (frame) => settle(() => resolve(frame)),
          reject: (error) => settle(() => reject(error)),
        });
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
  };

  try {
    socket = new WebSocket(url, ['chat.v1', `bearer.${token}`]);
    socket.onopen = () => {
      if (isDown) return socket?.close(1000);
      clock.clearTimeout(handshake);
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
