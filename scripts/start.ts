import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { buildHandlers } from './build.ts';
import { buildPage } from './build-page.ts';
import { type Ports, startGateway, sweepNow } from './parts/gateway.ts';
import { servePage } from './parts/page.ts';
import { isFree } from './parts/ports.ts';
import { clearLeftover, isRunning, type Running } from './parts/processes.ts';
import { type Stores, startStores } from './parts/stores.ts';
import { startExporter } from './watch/exporter.ts';

/** `npm start`: finds or fetches the stores, starts them, applies the schema, starts the gateway and the page, says what to do. */
const root = join(import.meta.dirname, '..');
const home = join(root, '.parley');
const run = join(home, 'run');
const say = (line: string) => console.log(line);

class Refusal extends Error {}

const portOf = (name: string, fallback: number) => {
  const port = Number(process.env[name] || fallback);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Refusal(`${name} is no port`);
};

/** Two starts of one checkout would write to one Cassandra directory. What a killed one left is cleared away. */
const claimDirectory = async () => {
  const file = join(run, 'start.pid');
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (other && isRunning(other, 'scripts/start.ts')) {
    throw new Refusal(`already started, as process ${other}; end that one first (kill ${other})`);
  }
  for (const name of ['gateway', 'redis', 'cassandra']) {
    await clearLeftover(name === 'gateway' ? run : join(run, name), name);
  }
  writeFileSync(file, String(process.pid));
};

/** Where the functions' metrics are shown to a Prometheus of this machine, if anywhere. */
const observe = async () => {
  if (!process.env.PARLEY_METRICS_PORT) return;
  const exporter = await startExporter(join(run, 'gateway.log'), portOf('PARLEY_METRICS_PORT', 0));
  children.push(exporter);
  say(`metrics are at http://localhost:${exporter.port}/metrics`);
};

const claimPorts = async (): Promise<Ports & { page: number }> => {
  const names = {
    http: 'PARLEY_HTTP_PORT',
    socket: 'PARLEY_WS_PORT',
    lambda: 'PARLEY_LAMBDA_PORT',
    page: 'PARLEY_WEB_PORT',
  };
  const ports = {
    http: portOf(names.http, 3000),
    socket: portOf(names.socket, 3001),
    lambda: portOf(names.lambda, 3002),
    page: portOf(names.page, 5173),
  };
  for (const [part, port] of Object.entries(ports)) {
    if (await isFree(port)) continue;
    throw new Refusal(`port ${port} is in use; set ${names[part as keyof typeof names]} to another`);
  }
  return ports;
};

/** The key that signs tokens, made once and kept: without it everybody would have to sign in anew. */
const tokenKey = async (): Promise<string> => {
  const file = join(home, 'token-key.json');
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    writeFileSync(file, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
};

type Session = { user: { id: string; name: string }; token: string };

/** Here no frame costs anything: who leaves is seen to have left within half a minute. */
const heartbeatSeconds = 5;

const demo = ['ann', 'bob'].map((name) => ({ name, password: `${name} in the demo` }));

/** Registers a demo user, or signs in the one of an earlier start. */
const enrol = async (
  base: string,
  { name, password }: { name: string; password: string },
): Promise<Session> => {
  const body = JSON.stringify({ name, password });
  const ask = (path: string) =>
    fetch(`${base}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const registered = await ask('/v1/register');
  const isKnown = [403, 409].includes(registered.status);
  const response = isKnown ? await ask('/v1/tokens') : registered;
  if (!response.ok) throw new Error(`unable to enrol ${name}: ${await response.text()}`);
  return (await response.json()) as Session;
};

const greet = (ports: Ports, page: string, stores: Stores, [ann, bob]: [Session, Session]) => {
  const url = `ws://localhost:${ports.socket}`;
  say('');
  if (stores.kind === 'memory') say(`*** Stores ${stores.description} ***\n`);
  else say(`Parley is up, on ${stores.description}`);
  say(`  Page       ${page}`);
  say(`  HTTP       http://localhost:${ports.http}/v1`);
  say(`  WebSocket  ${url}`);
  for (const [session, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    say(`\n${session.user.name} (${session.user.id}), in a terminal of its own:`);
    say(`  npx wscat -c ${url} -H "Authorization: Bearer ${session.token}"`);
    say('then paste:');
    say(
      `  ${JSON.stringify({ action: 'sendMessage', to: other.user.id, text: `hello ${other.user.name}` })}`,
    );
  }
  say('\n{"action":"help"} explains the rest. Ctrl-C ends everything.');
};

const children: { stop(): Promise<void> }[] = [];
let ending: Promise<void> | undefined;
const end = (code: number) => {
  ending ??= (async () => {
    for (const child of children.reverse()) await child.stop();
    process.exit(code);
  })();
  return ending;
};

const main = async () => {
  const known = ['--store=memory'];
  const unknown = process.argv.slice(2).find((argument) => !known.includes(argument));
  if (unknown) throw new Refusal(`${unknown} is no option; there is ${known.join(', ')}`);
  const forced = process.argv.includes('--store=memory') ? 'memory' : undefined;

  mkdirSync(run, { recursive: true });
  await claimDirectory();
  const ports = await claimPorts();

  const stores = await startStores(run, forced, say);
  children.push(stores);
  const dist = '.parley/dist';
  await buildHandlers(join(root, dist), stores.kind);
  const gateway: Running = await startGateway({
    directory: run,
    ports,
    dist,
    environment: {
      ...stores.environment,
      PARLEY_TOKEN_KEY: await tokenKey(),
      PARLEY_ORIGINS: process.env.PARLEY_ORIGINS || `http://localhost:${ports.page}`,
    },
  });
  children.push(gateway);
  void gateway.ended.then((tail) => {
    if (!ending) console.error(`the gateway ended:\n${tail}`);
    return end(1);
  });

  await observe();
  const sweeping = setInterval(() => void sweepNow(ports).catch(() => {}), 5_000);
  children.push({ stop: async () => clearInterval(sweeping) });

  const base = `http://localhost:${ports.http}`;
  const sessions = await Promise.all(demo.map((user) => enrol(base, user)));

  const built = join(home, 'page');
  await buildPage(built);
  const page = await servePage({
    directory: built,
    port: ports.page,
    configuration: {
      httpUrl: base,
      wsUrl: `ws://localhost:${ports.socket}`,
      heartbeat: heartbeatSeconds,
      demo,
    },
  });
  children.push(page);
  greet(ports, page.url, stores, sessions as [Session, Session]);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(0));

/** A parent that was killed hands its children to init: this is how they notice. */
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) void end(1);
}, 500).unref();

try {
  await main();
} catch (error) {
  // A refusal explains itself; anything else is worth its stack, for it is a fault of this script.
  console.error(error instanceof Refusal ? error.message : error);
  await end(1);
}
