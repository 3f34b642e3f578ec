import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { deliverQueued } from '../../lib/deliver.ts';
import { posterGateway } from '../../lib/gateway/poster.ts';
import { log } from '../../lib/log.ts';
import { clock } from '../../lib/platform.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { freePort, untilListening } from '../../scripts/parts/ports.ts';
import { run } from '../../scripts/parts/processes.ts';

/** A queue and the function behind it in a process of their own, as Lambda would run it: what is put is posted. */
const region = 'us-east-1';
export const credentials = async () => ({ accessKeyId: 'local', secretAccessKey: 'local' });

/** Nobody is ever gone here. */
const connections = { remove: async (_user: string, _connection: ConnectionId) => false };

const work = (port: number, endpoint: string) => {
  const gateway = posterGateway({ endpoint, region, credentials });
  const app = { clock, log, gateway, connections } as unknown as Parameters<typeof deliverQueued>[0];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    response.end('{}');
    await deliverQueued(app, JSON.parse(JSON.parse(body).MessageBody));
  };
  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
};

const startMs = 10_000;

export const startDeliverer = async (directory: string, endpoint: string) => {
  const port = await freePort();
  const { ended, stop } = await run({
    name: 'deliverer',
    directory,
    command: process.execPath,
    args: [fileURLToPath(import.meta.url), String(port), endpoint],
  });
  await untilListening(port, ended, 'the deliverer', startMs);
  return { url: `http://127.0.0.1:${port}/123456789012/deliver`, region, stop };
};

if (import.meta.main) work(Number(process.argv[2]), process.argv[3] ?? '');
