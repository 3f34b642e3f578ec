import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
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

type Headers = {
  SecurityHeadersConfig: {
    ContentSecurityPolicy: {
      ContentSecurityPolicy: { 'Fn::Join': [string, (string | { 'Fn::Sub': string })[]] };
    };
    FrameOptions: { FrameOption: string };
    ReferrerPolicy: { ReferrerPolicy: string };
  };
  CustomHeadersConfig: { Items: { Header: string; Value: string }[] };
};
const file = new URL('../../cloud/page.yml', import.meta.url);

/**
 * The headers of the page in AWS, for servers whose addresses are known. But for Strict-Transport-Security, which
 * means nothing without TLS.
 */
const headersFor = ({ httpUrl, wsUrl }: Configuration): Record<string, string> => {
  const { Resources } = parse(readFileSync(file, 'utf8'));
  const told: Headers = Resources.PageHeaders.Properties.ResponseHeadersPolicyConfig;
  const { ContentSecurityPolicy, FrameOptions, ReferrerPolicy } = told.SecurityHeadersConfig;
  const [separator, directives] = ContentSecurityPolicy.ContentSecurityPolicy['Fn::Join'];
  const connect = `connect-src 'self' ${new URL(httpUrl).origin} ${new URL(wsUrl).origin}`;
  return {
    'content-security-policy': directives
      .map((one) => (typeof one === 'string' ? one : connect))
      .join(separator),
    'referrer-policy': ReferrerPolicy.ReferrerPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': FrameOptions.FrameOption,
    ...Object.fromEntries(
      told.CustomHeadersConfig.Items.map(({ Header, Value }) => [Header.toLowerCase(), Value]),
    ),
  };
};

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
