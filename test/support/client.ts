import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: frames of every kind
export type Frame = Record<string, any>;

/** A client that misses nothing: what arrives is kept from the moment the socket exists. */
export type Client = {
  /** Everything that arrived, in order. */
  frames: Frame[];
  protocol: string;
  send(frame: Frame | string | Buffer): void;
  /** The first frame, arrived or to come, that fits. Rejects when the connection ends before it came. */
  next(fits: (frame: Frame) => boolean): Promise<Frame>;
  /**
   * Sends with an id of its own and waits for the answer to it. Where the gateway answers in a function's place, which
   * it does without an id, everything that is unanswered counts as `unavailable`: PROTOCOL.md, "error".
   */
  ask(frame: Frame): Promise<Frame>;
  closed: Promise<{ code: number }>;
  close(): Promise<void>;
};

type Options = { protocols?: string[]; headers?: Record<string, string>; query?: string };

const open = (url: string, { protocols = [], headers = {}, query = '' }: Options) =>
  new WebSocket(`${url}${query}`, protocols, { headers });

/** The status with which a handshake was refused. */
export const refusedWith = (url: string, options: Options): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = open(url, options);
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => reject(new Error('it was let in')));
    socket.once('error', reject);
  });

/** A frame that no function of ours wrote: `{"message":"Internal server error","connectionId":…,"requestId":…}`. */
const isGatewaysOwn = ({ type, message, connectionId }: Frame) =>
  type === undefined && typeof message === 'string' && typeof connectionId === 'string';

const unanswered = (id: string, { message }: Frame): Frame => ({
  ...{ type: 'error', id, code: 'unavailable', retryable: true },
  message: `unable to act; the gateway says "${message}"`,
});

type Waiting = {
  fits: (frame: Frame) => boolean;
  found: (frame: Frame) => void;
  failed: (error: Error) => void;
};

let asked = 0;

export const openClient = async (url: string, options: Options): Promise<Client> => {
  const socket = open(url, options);
  const frames: Frame[] = [];
  let waiting: Waiting[] = [];
  let ended: Error | undefined;
  socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    frames.push(frame);
    const due = waiting.filter(({ fits }) => fits(frame));
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { found } of due) found(frame);
  });
  const closed = new Promise<{ code: number }>((resolve) =>
    socket.once('close', (code) => {
      ended = new Error(`the connection ended with ${code} before the frame came`);
      for (const { failed } of waiting) failed(ended);
      waiting = [];
      resolve({ code });
    }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });

  const next: Client['next'] = (fits) =>
    new Promise((found, failed) => {
      const there = frames.find(fits);
      if (there) found(there);
      else if (ended) failed(ended);
      else waiting.push({ fits, found, failed });
    });
  return {
    frames,
    protocol: socket.protocol,
    send: (frame) =>
      socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    next,
    ask: async (frame) => {
      const id = `asked-${++asked}`;
      const before = frames.length;
      socket.send(JSON.stringify({ ...frame, id }));
      const answer = await next(
        (one) => one.id === id || (isGatewaysOwn(one) && frames.lastIndexOf(one) >= before),
      );
      return answer.id === id ? answer : unanswered(id, answer);
    },
    closed,
    close: async () => {
      socket.close();
      await closed;
    },
  };
};
