import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Session } from '../../schema/http.ts';
import { type Ports, startGateway, sweepNow } from '../../scripts/parts/gateway.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { type Client, openClient } from './client.ts';
import { aKey } from './ids.ts';

/** The product through serverless-offline, as `npm start` runs it, on ports of its own. */
export type Local = {
  ports: Ports;
  url: string;
  http(method: string, path: string, more?: { token?: string; body?: unknown }): Promise<HttpAnswer>;
  /** A user nobody else has. */
  register(name?: string): Promise<Session>;
  connect(session: Pick<Session, 'token'>): Promise<Client>;
  sweep(): Promise<void>;
  /** What all functions have logged so far. */
  log(): string;
  stop(): Promise<void>;
};

// biome-ignore lint/suspicious/noExplicitAny: the bodies of all routes
type HttpAnswer = { status: number; body: any; headers: Headers };

const root = join(import.meta.dirname, '../..');

export const startLocal = async (name: string, environment: Record<string, string> = {}): Promise<Local> => {
  const home = process.env.TEST_DIRECTORY ?? '';
  const directory = join(home, name);
  const ports = { http: await freePort(), socket: await freePort(), lambda: await freePort() };
  const dist = relative(root, join(home, 'dist'));
  const running = await startGateway({ directory, ports, dist, environment });
  const base = `http://localhost:${ports.http}`;
  const url = `ws://localhost:${ports.socket}`;

  const http: Local['http'] = async (method, path, { token, body } = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };

  return {
    ports,
    url,
    http,
    register: async (who = aKey()) => {
      const { status, body } = await http('POST', '/v1/register', {
        body: { name: who, password: 'correct horse' },
      });
      if (status !== 201) throw new Error(`unable to register: ${JSON.stringify(body)}`);
      return body;
    },
    connect: ({ token }) => openClient(url, { protocols: ['chat.v1', `bearer.${token}`] }),
    sweep: () => sweepNow(ports),
    log: () => readFileSync(join(directory, 'gateway.log'), 'utf8'),
    stop: running.stop,
  };
};
