import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: frames of every kind
export type Frame = Record<string, any>;

/** A client that misses nothing: what arrives is kept from the moment the socket exists. */
export type Client = {
  /** Everything that arrived, in order. */
  frames: Frame[];
  protocol: string;
  send(frame: Frame | string | Buffer): void;
  /** The first frame, arrived or to come, that fits. */
  next(fits: (frame: Frame) => boolean): Promise<Frame>;
  /** Sends with an id of its own and waits for the answer to it. */
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

let asked = 0;

export const openClient = async (url: string, options: Options): Promise<Client> => {
  const socket = open(url, options);
  const frames: Frame[] = [];
  let waiting: { fits: (frame: Frame) => boolean; found: (frame: Frame) => void }[] = [];
  socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    frames.push(frame);
    const [due, others] = [
      waiting.filter(({ fits }) => fits(frame)),
      waiting.filter(({ fits }) => !fits(frame)),
    ];
    waiting = others;
    for (const { found } of due) found(frame);
  });
  const closed = new Promise<{ code: number }>((resolve) =>
    socket.once('close', (code) => resolve({ code })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });

  const next: Client['next'] = (fits) => {
    const there = frames.find(fits);
    return there ? Promise.resolve(there) : new Promise((found) => waiting.push({ fits, found }));
  };
  return {
    frames,
    protocol: socket.protocol,
    send: (frame) =>
      socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    next,
    ask: (frame) => {
      const id = `asked-${++asked}`;
      socket.send(JSON.stringify({ ...frame, id }));
      return next((answer) => answer.id === id);
    },
    closed,
    close: async () => {
      socket.close();
      await closed;
    },
  };
};
