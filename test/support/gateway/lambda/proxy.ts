import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP port before a store, so that what runs over it can be cut. */
export type StoreProxy = {
  port: number;
  /** How many connections go through. */
  size(): number;
  /** Resets all of them, towards both ends. */
  cut(): void;
  /** Keeps all of them open and carries nothing over them any more: a network that forgot them. */
  silence(): void;
  /** The same for the one over which these bytes go to the store, from then on. Resolves when they have. */
  silenceAfter(bytes: string): Promise<void>;
  stop(): Promise<void>;
};

/** `watch` is begun for each connection, and given what its client sends. */
export const startProxy = async (
  target: { host: string; port: number },
  watch?: () => (chunk: Buffer) => void,
): Promise<StoreProxy> => {
  const pairs = new Set<[Socket, Socket]>();
  let awaited: { bytes: string; gone: () => void } | undefined;
  const server = createServer({ noDelay: true }, (client) => {
    const store = connect({ ...target, noDelay: true });
    const pair: [Socket, Socket] = [client, store];
    pairs.add(pair);
    client.pipe(store).pipe(client);
    if (watch) client.on('data', watch());
    // After the pipe's own listener: what is looked at has been written.
    client.on('data', (chunk: Buffer) => {
      if (!awaited || !chunk.includes(awaited.bytes)) return;
      silence(pair);
      awaited.gone();
      awaited = undefined;
    });
    for (const [one, other] of [pair, [store, client]] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const silence = (sockets: Socket[]) => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  const cut = () => {
    for (const socket of [...pairs].flat()) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    size: () => pairs.size,
    cut,
    silence: () => silence([...pairs].flat()),
    silenceAfter: (bytes) =>
      new Promise((gone) => {
        awaited = { bytes, gone };
      }),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
};
