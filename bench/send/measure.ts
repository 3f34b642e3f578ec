import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { buildHandlers } from '../../scripts/build.ts';
import { measureIn } from '../child.ts';
import { figure, spread } from '../figures.ts';
import type { Paced } from '../loop.ts';
import type { Part } from '../part.ts';
import { median } from '../quantiles.ts';
import { whileRunning } from '../running.ts';
import { startSink } from '../sink.ts';
import { environmentOf, withStores } from '../stores.ts';
import { inTurns } from '../turns.ts';
import type { Asked } from './in-process.ts';
import { throughSockets } from './through-sockets.ts';

const inFlight = [1, 8, 32];
const warmUpMs = 6_000;
const measuredMs = 4_000;
/** The rate limit is not what is measured. */
const noLimit = {
  PARLEY_SENDS_PER_SECOND: '1000000',
  PARLEY_FRAMES_PER_SECOND: '1000000',
  PARLEY_STRANGER_REQUESTS: '1000000',
};
const inProcess = new URL('in-process.ts', import.meta.url);

const rowOf = (how: string, pairs: number, told: Paced[]) => [
  how,
  String(pairs),
  spread(
    told.map(({ perSecond }) => perSecond),
    0,
  ),
  figure(median(told.map(({ p50Ms }) => p50Ms)), 1),
  figure(median(told.map(({ p99Ms }) => p99Ms)), 1),
];

const tokenKey = async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
};

export const measureSend: Part = (bench) =>
  withStores(bench, async (stores) => {
    const dist = join(bench.directory, 'send-dist');
    await buildHandlers(dist);
    const environment = { ...environmentOf(stores), ...noLimit, PARLEY_TOKEN_KEY: await tokenKey() };
    const pace = { warmUpMs: bench.pace.ms(warmUpMs), ms: bench.pace.ms(measuredMs) };

    const direct = await whileRunning(startSink(bench.directory), ({ endpoint }) =>
      inTurns(inFlight, bench.pace.repetitions, (pairs) =>
        measureIn<Paced>(inProcess, { dist, pairs, ...pace, ...stores } satisfies Asked, {
          ...environment,
          PARLEY_GATEWAY_ENDPOINT: endpoint,
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
        }),
      ),
    );
    const sockets = await throughSockets(bench, { dist, pairs: inFlight, ...pace, environment });

    return [
      {
        title: 'send: from the frame to the ack',
        method:
          'Closed loop, direct messages of 225 bytes, one in flight per conversation, batch commit log. The stores, the functions and the clients share the machine, so the rate is the machine’s and not Lambda’s.',
        columns: ['how', 'in flight', 'messages/s', 'p50 ms', 'p99 ms'],
        rows: [
          ...direct.map(({ taken, told }) => rowOf('handlers in process', taken, told)),
          ...sockets.map(({ pairs, paced }) => rowOf('through serverless-offline', pairs, [paced])),
        ],
      },
    ];
  });
