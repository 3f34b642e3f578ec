import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Configuration } from '../../web/configuration.ts';

/** The chat page, served as any static host would, with the headers that it can live with. */
export type Page = {
  url: string;
  stop(): Promise<void>;
};

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Only its own files and its own server. Trusted Types are required and none is made: so nothing can become markup or
 * script, whatever a message holds. `data:` is for the icon with the number of unread messages.
 */
const policyFor = ({ httpUrl, wsUrl }: Configuration) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(httpUrl).origin} ${new URL(wsUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

const headersFor = (configuration: Configuration) => ({
  'content-security-policy': policyFor(configuration),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});

type Served = { plain: Buffer; zipped: Buffer; type: string; isLasting: boolean };

const servedFrom = (directory: string, configuration: Configuration) => {
  const served = new Map<string, Served>();
  const keep = (path: string, plain: Buffer) =>
    served.set(path, {
      plain,
      zipped: gzipSync(plain),
      type: types[extname(path)] ?? 'application/octet-stream',
      // Their names hold a hash of what they hold.
      isLasting: path.startsWith('/assets/'),
    });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    keep(file.slice(directory.length).replaceAll('\\', '/'), readFileSync(file));
  }
  keep('/config.json', Buffer.from(JSON.stringify(configuration)));
  const index = served.get('/index.html');
  if (index) served.set('/', index);
  return served;
};

/** Serves what `buildPage` made. Everything is read once: what is not there now is not served. */
export const servePage = async (options: {
  directory: string;
  port: number;
  configuration: Configuration;
}): Promise<Page> => {
  const served = servedFrom(options.directory, options.configuration);
  const headers = headersFor(options.configuration);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?');
    const file = request.method === 'GET' || request.method === 'HEAD' ? served.get(path) : undefined;
    if (!file) {
      response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('not found');
      return;
    }
    const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const body = isZipped ? file.zipped : file.plain;
    response.writeHead(200, {
      ...headers,
      ...(isZipped && { 'content-encoding': 'gzip' }),
      'cache-control': file.isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-length': body.length,
      'content-type': file.type,
      vary: 'accept-encoding',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, resolve);
  });
  return {
    url: `http://localhost:${options.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
