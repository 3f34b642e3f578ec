import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExposition } from './exposition.ts';

/** What was written to a file since it was last asked, in whole lines. */
const following = (file: string) => {
  let offset = 0;
  return (): string => {
    const size = statSync(file).size;
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const descriptor = openSync(file, 'r');
    try {
      const read = readSync(descriptor, bytes, 0, bytes.length, offset);
      const end = bytes.subarray(0, read).lastIndexOf('\n') + 1;
      offset += end;
      return bytes.toString('utf8', 0, end);
    } finally {
      closeSync(descriptor);
    }
  };
};

/** Serves `/metrics` of the functions that write to a log file; it is read on when somebody asks. */
export const startExporter = async (
  logFile: string,
  port: number,
): Promise<{ port: number; stop(): Promise<void> }> => {
  const exposition = createExposition();
  const news = following(logFile);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    exposition.add(news());
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(exposition.text());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
