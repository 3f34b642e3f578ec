import { join } from 'node:path';
import { readDeployment } from './deployment/deployment.ts';
import { startHttpApi } from './http/api.ts';
import { type Functions, type InstanceState, startFunctions } from './lambda/functions.ts';
import { keepLog } from './lambda/log.ts';
import { stand } from './lambda/stores.ts';
import { type Limits, limits as quotas } from './limits.ts';
import { startQueue } from './queue/queue.ts';
import { startSocketApi } from './socket/api.ts';
import type { Interference, Post } from './socket/connections-api.ts';

/**
 * A strict local API Gateway with Lambda behind it: what AWS does and serverless-offline does not
 * (reference/platform.md 1 and 5), over real sockets, running the built bundles that serverless.yml names.
 *
 *     const gateway = await startGateway({ environment: { PARLEY_SENDS_PER_SECOND: '1000' } });
 *     const client = await openClient(gateway.wsUrl, { protocols: ['chat.v1', `bearer.${token}`] });
 *     await fetch(`${gateway.httpUrl}/v1/me`, …);
 *     await gateway.freeze({ cutSockets: true, forMs: 90_000 });   // the next event finds dead sockets, later
 *     gateway.interfere(({ connection }) => (connection === slow ? 429 : undefined));
 *     await gateway.invoke('sweep');
 *     await gateway.stop();
 *
 * Settings are those of the process (so the stores of `npm test` are found), overridden by `environment`; only what
 * serverless.yml passes on reaches a function. Bundles come from `TEST_DIRECTORY/dist`. An instance is frozen from
 * its answer to its next event, always: `freeze` only waits until all are, and says what happened meanwhile. The
 * first event of an instance is a cold start of some 100 ms, and `limits.instances` of a function run at a time.
 * Messages of one connection run in parallel: a client that wants an order must wait for answers. What a function asked
 * of Cassandra beyond its role, `stop` throws.
 */
export type Gateway = {
  /** With the stage in the path. */
  wsUrl: string;
  httpUrl: string;
  /** Calls a function as a schedule does, and waits for its result. */
  invoke: Functions['invoke'];
  instances(): InstanceState[];
  /** Waits until every instance is frozen; then, before any thaws, what is asked for happens. */
  freeze(meanwhile?: Meanwhile): Promise<void>;
  /** Ends the instances of a function that run something: a crash in the middle of it. */
  kill: Functions['kill'];
  /** Of the connection over which these bytes go to a store no answer comes from then on. Resolves when they have. */
  silenceAfter(bytes: string): Promise<void>;
  /** Ends all frozen instances: the next event of each function is a cold start. */
  retire(): Promise<void>;
  /** Ids of the open connections, in the order in which they opened. */
  connections(): string[];
  /** Ends a connection as a lost network does: no close frame. */
  cut(connection: string): void;
  /** Everything that was posted to `@connections`, with what was answered. */
  posts(): Post[];
  /** Answers posts otherwise, until it is called with `undefined`. */
  interfere(how: Interference | undefined): void;
  /** Bodies of the messages that the queue gave up. */
  deadLetters(): string[];
  /** `$disconnect` is best effort: from now on none is delivered, or all are again. */
  loseDisconnects(lost: boolean): void;
  /** What all functions have logged, as CloudWatch would hold it: failures of the runtime included. */
  log(): string;
  /** The first line of the log, written or to come, that fits. */
  logged(fits: (line: string) => boolean): Promise<string>;
  stop(): Promise<void>;
};

type Meanwhile = {
  /** Cuts every TCP connection of the instances: to the stores, to `@connections` and to the queue. */
  cutSockets?: boolean;
  /** Instead of a reset, nothing comes back over the old connections of the stores. */
  silently?: boolean;
  /** The clocks of the instances jump by this. Those of the stores do not. */
  forMs?: number;
};

export type Options = {
  environment?: Record<string, string>;
  /** Where the bundles are. */
  dist?: string;
  /** Another serverless.yml. */
  serverlessFile?: string;
  limits?: Partial<Limits>;
  /** One instance for all functions, one event at a time: for the bundles of `--store=memory`. */
  together?: boolean;
  /** Looks now and then at what the heaps of instances hold: `instances()` tells. */
  looks?: boolean;
};

const keys = { accessKeyId: 'ASIALOCAL', secretAccessKey: 'a local secret', sessionToken: 'a local session' };
const root = join(import.meta.dirname, '../../..');

export const startGateway = async (options: Options = {}): Promise<Gateway> => {
  const limits = { ...quotas, ...options.limits };
  const dist = options.dist ?? join(process.env.TEST_DIRECTORY ?? '', 'dist');
  const shell = { ...process.env, PARLEY_DIST: dist, PARLEY_LOCAL: 'true', ...options.environment };
  const file = options.serverlessFile ?? join(root, 'serverless.yml');
  const unknown = { PARLEY_GATEWAY_ENDPOINT: 'not yet known', PARLEY_QUEUE_URL: 'not yet known' };
  const names = [...readDeployment(file, { ...shell, ...unknown }).functions.keys()];
  const { environment: atStores, environmentOf, proxies, denied } = await stand(shell, names);
  const read = (more: Record<string, string>) => readDeployment(file, { ...shell, ...atStores, ...more });
  const unplaced = read(unknown);
  const sockets = await startSocketApi(unplaced, limits, keys);
  const endpoint = `${sockets.api.domainName}/${sockets.api.stage}`;
  const queue = unplaced.queue && (await startQueue(unplaced.queue, unplaced.region, limits, keys));
  const deployment = read({
    PARLEY_GATEWAY_ENDPOINT: `http://${endpoint}`,
    PARLEY_QUEUE_URL: queue?.url ?? '',
  });

  const log = keepLog();
  const functions = startFunctions({
    deployment,
    limits,
    environment: {
      ...deployment.environment,
      AWS_REGION: deployment.region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
      TZ: ':UTC',
    },
    // Only what the deployment passes on.
    environmentOf: (name) => ('PARLEY_CASSANDRA_PORT' in deployment.environment ? environmentOf(name) : {}),
    together: options.together ?? false,
    looks: options.looks ?? false,
    onLine: log.write,
  });
  sockets.serve(functions);
  queue?.serve(functions);
  const http = await startHttpApi(deployment, limits, functions);

  return {
    wsUrl: `ws://${endpoint}`,
    httpUrl: `http://127.0.0.1:${http.port}`,
    invoke: functions.invoke,
    instances: functions.instances,
    freeze: async ({ cutSockets = false, silently = false, forMs = 0 } = {}) => {
      await functions.frozen();
      if (cutSockets) {
        for (const proxy of proxies) silently ? proxy.silence() : proxy.cut();
        sockets.cutPosters();
        queue?.cut();
      }
      functions.skip(forMs);
    },
    kill: functions.kill,
    silenceAfter: (bytes) => Promise.race(proxies.map((proxy) => proxy.silenceAfter(bytes))),
    retire: functions.retire,
    connections: () => [...sockets.connections.keys()],
    cut: (connection) => sockets.connections.get(connection)?.cut(),
    posts: () => sockets.posts,
    interfere: sockets.interfere,
    deadLetters: () => queue?.deadLetters ?? [],
    loseDisconnects: sockets.loseDisconnects,
    log: log.text,
    logged: log.next,
    stop: async () => {
      await Promise.all([sockets.stop(), http.stop(), queue?.stop()]);
      await functions.stop();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      // IAM would have refused it.
      if (denied().length > 0) throw new Error(`roles do not let functions do what they did: ${denied()}`);
    },
  };
};
