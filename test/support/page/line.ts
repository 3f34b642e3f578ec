import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The network between a browser and its server: one address for the browser, whatever becomes of what is behind it. */
export type Line = {
  port: number;
  /** Ends what runs, and lets nothing through until it is mended. */
  cut(): void;
  /** Lets through again, to where it leads. */
  mend(): void;
  /** To where it leads from now on. */
  lead(port: number): void;
  stop(): Promise<void>;
};

export const startLine = async (): Promise<Line> => {
  const sockets = new Set<Socket>();
  let target = 0;
  let isCut = false;
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    const behind = connect({ host: '127.0.0.1', port: target, noDelay: true });
    keep(client, behind);
    keep(behind, client);
    client.pipe(behind).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      isCut = false;
    },
    lead: (port) => {
      target = port;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
};
