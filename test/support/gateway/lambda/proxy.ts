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
  stop(): Promise<void>;
};

/** `watch` is begun for each connection, and given what its client sends. */
export const startProxy = async (
  target: { host: string; port: number },
  watch?: () => (chunk: Buffer) => void,
): Promise<StoreProxy> => {
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer({ noDelay: true }, (client) => {
    const store = connect({ ...target, noDelay: true });
    const pair: [Socket, Socket] = [client, store];
    pairs.add(pair);
    client.pipe(store).pipe(client);
    if (watch) client.on('data', watch());
    for (const [one, other] of [pair, [store, client]] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const cut = () => {
    for (const socket of [...pairs].flat()) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    size: () => pairs.size,
    cut,
    silence: () => {
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
};
