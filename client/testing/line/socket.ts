import type { SocketConstructor } from '../../types/environment.ts';
import type { Wires } from './line.ts';

/** The server's end of a socket that is being opened. */
export type Server = {
  /** Throws where it lets nobody in. */
  connect(shown: Shown, client: Client): Session;
};
export type Shown = { token: string | undefined; ticket: string | undefined };
/** Where the server posts to. */
export type Client = { post(text: string, kind: 'answer' | 'push'): void; close(code: number): void };
/** Where frames go, and the word that the socket has ended. */
export type Session = { receive(text: string): void; ended(): void };

type Handler = ((event: never) => void) | null;

const shownIn = (url: string, protocols: string[]): Shown => ({
  token: protocols.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length),
  ticket: new URL(url).searchParams.get('ticket') ?? undefined,
});

/** A `WebSocket` over a line, to a server in the same process. */
export const socketOver = (line: Wires, server: Server): SocketConstructor =>
  class TestSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly url: string;
    protocol = '';
    readyState: number = TestSocket.CONNECTING;
    onopen: Handler = null;
    onmessage: Handler = null;
    onclose: Handler = null;
    onerror: Handler = null;
    #session: Session | undefined;
    readonly #ending = { end: (code: number, told: boolean) => this.#end(code, told) };

    constructor(url: string, protocols: string | string[] = []) {
      super();
      this.url = url;
      const offered = [protocols].flat();
      if (!line.isOnline || line.refuses()) {
        queueMicrotask(() => this.#end(1006, false));
        return;
      }
      line.sockets.add(this.#ending);
      line.carry('other', () => this.#shakeHands(offered));
    }

    #shakeHands(offered: string[]) {
      if (this.readyState !== TestSocket.CONNECTING) return;
      try {
        this.#session = server.connect(shownIn(this.url, offered), {
          post: (text, kind) =>
            line.carry(kind === 'push' ? 'push' : 'other', () => {
              if (this.readyState === TestSocket.OPEN) this.#tell('message', { data: text });
            }),
          close: (code) => line.carry('other', () => this.#end(code, false)),
        });
      } catch {
        line.carry('other', () => this.#end(1006, false));
        return;
      }
      line.carry('other', () => {
        if (this.readyState !== TestSocket.CONNECTING) return;
        this.readyState = TestSocket.OPEN;
        if (offered.includes('chat.v1')) this.protocol = 'chat.v1';
        this.#tell('open', {});
      });
    }

    send(data: string) {
      if (this.readyState === TestSocket.CONNECTING) throw new Error('the socket is not open yet');
      if (this.readyState !== TestSocket.OPEN) return;
      line.carry('other', () => {
        if (this.readyState === TestSocket.OPEN) this.#session?.receive(data);
      });
    }

    close(code = 1005) {
      if (this.readyState >= TestSocket.CLOSING) return;
      this.readyState = TestSocket.CLOSING;
      const session = this.#session;
      this.#session = undefined;
      line.carry('other', () => session?.ended());
      queueMicrotask(() => this.#end(code, false));
    }

    #end(code: number, told: boolean) {
      if (this.readyState === TestSocket.CLOSED) return;
      const wasOpening = this.readyState === TestSocket.CONNECTING;
      this.readyState = TestSocket.CLOSED;
      line.sockets.delete(this.#ending);
      if (told) this.#session?.ended();
      if (wasOpening) this.#tell('error', {});
      this.#tell('close', { code, reason: '', wasClean: code !== 1006 });
    }

    #tell(type: 'open' | 'message' | 'close' | 'error', fields: object) {
      const event = Object.assign(new Event(type), fields);
      (this[`on${type}`] as ((event: Event) => void) | null)?.(event);
      this.dispatchEvent(event);
    }
  };
