import type { Socket, SocketConstructor } from '../../client/types/environment.ts';

/** A socket whose other end is the test. */
export class ScriptedSocket implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  readonly url: string;
  readonly protocols: string[];
  isClosed = false;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.isClosed = true;
  }
  open() {
    this.onopen?.({} as never);
  }
  /** The other end is gone. */
  drop() {
    this.isClosed = true;
    this.onclose?.({} as never);
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }
  /** Answers the last frame of an action. */
  answer(action: string, frame: object) {
    const { id } = this.sent.findLast((one) => one.action === action) ?? {};
    this.say({ id, ...frame });
  }
}

/** All sockets that were opened, the newest last. */
export const scriptedSockets = () => {
  const all: ScriptedSocket[] = [];
  const WebSocket = class extends ScriptedSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      all.push(this);
    }
  } as unknown as SocketConstructor;
  const last = (): ScriptedSocket => {
    const socket = all.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { all, last, WebSocket };
};
