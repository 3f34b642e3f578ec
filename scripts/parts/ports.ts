import { connect, createServer } from 'node:net';

/** A port that was free just now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

const answers = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Waits until something listens; fails early when the process that should has ended. */
export const untilListening = async (
  port: number,
  ended: Promise<string>,
  name: string,
  withinMs: number,
  host = '127.0.0.1',
) => {
  const deadline = Date.now() + withinMs;
  const death = ended.then((tail) => {
    throw new Error(`${name} ended while starting; the end of its log:\n${tail}`);
  });
  death.catch(() => {});
  for (;;) {
    if (await Promise.race([answers(port, host), death])) return;
    if (Date.now() > deadline)
      throw new Error(`${name} did not listen on port ${port} within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
