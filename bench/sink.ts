import { createServer, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freePort, untilListening } from '../scripts/parts/ports.ts';
import { run } from '../scripts/parts/processes.ts';

/**
 * An `@connections` endpoint that answers 200 to everything, in a process of its own: its CPU is nobody's figure.
 * `GET /posted/7` answers how many posts there were, once there were seven.
 */
const answerAll = (port: number) => {
  let posted = 0;
  let waiting: { atLeast: number; response: ServerResponse }[] = [];
  const tell = () => {
    const due = waiting.filter(({ atLeast }) => atLeast <= posted);
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { response } of due) response.end(String(posted));
  };
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      const { url = '' } = request;
      const atLeast = url.match(/^\/posted\/(\d+)$/)?.[1];
      if (atLeast !== undefined) waiting.push({ atLeast: Number(atLeast), response });
      else {
        const isPost = url.startsWith('/@connections/');
        if (isPost) posted++;
        response.statusCode = isPost ? 200 : 404;
        response.end();
      }
      if (waiting.length > 0) tell();
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

/** Waits until a sink has had so many posts, and says how many there are. */
export const postsAt = async (endpoint: string, atLeast: number): Promise<number> =>
  Number(await (await fetch(`${endpoint}/posted/${atLeast}`)).text());

if (import.meta.main) answerAll(Number(process.argv[2]));
