import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createRedis } from '../../lib/redis/client.ts';
import { clusterPort } from '../../scripts/parts/cluster.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { startRedis } from '../../scripts/parts/redis.ts';
import { realClock } from '../support/clock.ts';
import { certificateFor } from '../support/keyspaces/certificates.ts';

/**
 * `rediss://`, as ElastiCache speaks it: TLS before a real server, whose certificate must be signed by who is trusted,
 * for the name that was asked for.
 */
const trusted = certificateFor('localhost', '127.0.0.1');
const misnamed = certificateFor('redis.example');
const before = tls.getCACertificates('default');
beforeAll(() => tls.setDefaultCACertificates([...before, trusted.cert, misnamed.cert]));
const stops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  tls.setDefaultCACertificates(before);
  for (const stop of stops.reverse()) await stop();
});

/** What ends TLS before a server, and how much it has let through. */
const startTls = async (certificate: { cert: string; key: string }, to: number, port = 0) => {
  let bytes = 0;
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer(certificate, (socket) => {
    const store = connect(to, '127.0.0.1');
    sockets.add(socket);
    socket.on('data', (chunk) => (bytes += chunk.length));
    socket.pipe(store).pipe(socket);
    for (const end of [socket, store]) {
      end.on('error', () => {});
      end.on('close', () => void [socket.destroy(), store.destroy()]);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, passed: () => bytes };
};

const directory = join(process.env.TEST_DIRECTORY ?? '', 'tls');
const server = process.env.TEST_REDIS_SERVER ?? '';
const open = (url: string, cluster = false) => {
  const redis = createRedis({ url, cluster, commandMs: 5_000, clock: realClock });
  stops.push(redis.close);
  return redis;
};

describe('one server', () => {
  let plain: number;
  beforeAll(async () => {
    const running = await startRedis({ server, directory });
    stops.push(running.stop);
    plain = running.port;
  });

  test('is believed by a certificate of who is trusted, for its name', async () => {
    const { port, passed } = await startTls(trusted, plain);
    const redis = open(`rediss://localhost:${port}`);
    await redis.set('tls', 'here', 10_000);
    expect(await redis.get('tls')).toBe('here');
    expect(passed()).toBeGreaterThan(0);
  });

  test.each([
    ['of nobody who is trusted', certificateFor('localhost', '127.0.0.1')],
    ['for another name', misnamed],
  ])('is told nothing where its certificate is %s', async (_what, certificate) => {
    const { port, passed } = await startTls(certificate, plain);
    const redis = open(`rediss://parley:secret@localhost:${port}`);
    await expect(redis.get('tls')).rejects.toMatchObject({ code: 'unavailable' });
    expect(passed()).toBe(0);
  });

  test('is not spoken to where it knows no TLS, nor without TLS where it wants it', async () => {
    await expect(open(`rediss://localhost:${plain}`).get('tls')).rejects.toMatchObject({
      code: 'unavailable',
    });
    const { port, passed } = await startTls(trusted, plain);
    await expect(open(`redis://localhost:${port}`).get('tls')).rejects.toMatchObject({ code: 'unavailable' });
    expect(passed()).toBe(0);
  });
});

describe('a cluster of one node, which ElastiCache Serverless is to its clients', () => {
  test('is asked over TLS, by the address that it tells, if it is believed', async () => {
    const announced = await freePort();
    const name = 'tls-node';
    const node = await startRedis({
      server,
      directory,
      cluster: true,
      announced,
      name,
      port: await clusterPort(),
    });
    stops.push(node.stop);
    const operator = new Redis(node.port, '127.0.0.1');
    await operator.cluster('ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
    while (!String(await operator.cluster('INFO')).includes('cluster_state:ok')) await realClock.pause(50);
    operator.disconnect();
    const { passed } = await startTls(trusted, node.port, announced);

    const redis = open(`rediss://localhost:${announced}`, true);
    for (const key of ['{u:ann}:inbox', '{u:bob}:inbox', 'ticket:1']) {
      await redis.set(key, key, 10_000);
      expect(await redis.get(key)).toBe(key);
    }
    expect(passed()).toBeGreaterThan(0);

    const stranger = await startTls(certificateFor('localhost', '127.0.0.1'), node.port);
    const misled = open(`rediss://parley:secret@localhost:${stranger.port}`, true);
    await expect(misled.get('ticket:1')).rejects.toMatchObject({ code: 'unavailable' });
    expect(stranger.passed()).toBe(0);
  });
});
