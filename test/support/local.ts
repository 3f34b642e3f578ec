import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Ports, startGateway, sweepNow } from '../../scripts/parts/gateway.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { clientsOf, type Running } from './running.ts';

/** The product through serverless-offline, as `npm start` runs it, on ports of its own. */
export type Local = Running & {
  ports: Ports;
  sweep(): Promise<void>;
  /** What all functions have logged so far. */
  log(): string;
  stop(): Promise<void>;
};

const root = join(import.meta.dirname, '../..');

export const startLocal = async (name: string, environment: Record<string, string> = {}): Promise<Local> => {
  const home = process.env.TEST_DIRECTORY ?? '';
  const directory = join(home, name);
  const ports = { http: await freePort(), socket: await freePort(), lambda: await freePort() };
  const dist = relative(root, join(home, 'dist'));
  const running = await startGateway({ directory, ports, dist, environment });
  return {
    ...clientsOf(`http://localhost:${ports.http}`, `ws://localhost:${ports.socket}`),
    ports,
    sweep: () => sweepNow(ports),
    log: () => readFileSync(join(directory, 'gateway.log'), 'utf8'),
    stop: running.stop,
  };
};
