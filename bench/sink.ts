import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freePort, untilListening } from '../scripts/parts/ports.ts';
import { run } from '../scripts/parts/processes.ts';

/** An `@connections` endpoint that answers 200 to everything, in a process of its own: its CPU is nobody's figure. */
const answerAll = (port: number) => {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      response.statusCode = request.url?.startsWith('/@connections/') ? 200 : 404;
      response.end();
    });
  });
  // It never closes a socket that a client is about to use again.
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
};

const startMs = 10_000;

export const startSink = async (directory: string): Promise<{ endpoint: string; stop(): Promise<void> }> => {
  const port = await freePort();
  const { ended, stop } = await run({
    name: 'sink',
    directory,
    command: process.execPath,
    args: [fileURLToPath(import.meta.url), String(port)],
  });
  await untilListening(port, ended, 'the sink', startMs);
  return { endpoint: `http://127.0.0.1:${port}`, stop };
};

if (import.meta.main) answerAll(Number(process.argv[2]));
