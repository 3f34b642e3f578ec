import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/**
 * One bundle for each file of `handlers/`, as `<name>.cjs`: CommonJS loads faster than ESM and needs no banner.
 * `--store=memory` puts the ports of lib/live-memory.ts in the place of lib/live.ts; no other bundle holds them.
 */
const root = fileURLToPath(new URL('..', import.meta.url));

/** Parts of dependencies that nothing here calls: secure bundles, an object mapper, bulk execution, usage reports, one vendor's certificates, debug lines. */
const unused: [RegExp, string][] = [
  [/^adm-zip$/, 'module.exports = {};'],
  [/^\.\/lib\/mapping$/, 'module.exports = {};'],
  [/^\.\/lib\/concurrent$/, 'module.exports = {};'],
  [/^\.\/insights-client$/, 'module.exports = class { init() {} shutdown() {} };'],
  [/\/TLSProfiles$/, 'exports.default = {};'],
  [/^debug$/, 'exports.default = () => Object.assign(() => {}, { enabled: false });'],
];
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: ({ onResolve, onLoad }) => {
    for (const [filter, contents] of unused) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused', pluginData: contents }));
    }
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ pluginData }) => ({ contents: pluginData }));
  },
};

/** What lib/redis/client.ts asks, and what ioredis asks by itself of a server or a cluster: its table names every command. */
const asked = [
  ...['del', 'eval', 'evalsha', 'get', 'getdel', 'ping', 'set'],
  ...['asking', 'auth', 'client', 'cluster', 'command', 'config', 'discard', 'exec', 'hello', 'info'],
  ...['monitor', 'multi', 'psubscribe', 'punsubscribe', 'quit', 'readonly', 'readwrite', 'script', 'select'],
  ...['ssubscribe', 'subscribe', 'sunsubscribe', 'unsubscribe'],
];
const fewCommands: Plugin = {
  name: 'few-commands',
  setup: ({ onLoad }) => {
    onLoad({ filter: /@ioredis\/commands\/built\/commands\.json$/ }, ({ path }) => {
      const all: Record<string, object> = JSON.parse(readFileSync(path, 'utf8'));
      const few = asked.map((name) => [name, { ...all[name], subcommands: undefined }]);
      return { contents: JSON.stringify(Object.fromEntries(few)), loader: 'json' };
    });
  },
};

const inMemory: Plugin = {
  name: 'in-memory',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/live\.ts$/ }, () => ({ path: `${root}lib/live-memory.ts` }));
  },
};

export const buildHandlers = async (outdir: string, store: 'real' | 'memory' = 'real') => {
  rmSync(outdir, { recursive: true, force: true });
  const handlers = readdirSync(`${root}handlers`).map((file) => `${root}handlers/${file}`);
  return build({
    entryPoints: Object.fromEntries(handlers.map((path) => [basename(path, '.ts'), path])),
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    loader: { '.lua': 'text' },
    // The Lambda runtime brings the SDK; kerberos is an optional part of the driver.
    external: ['@aws-sdk/*', 'kerberos'],
    plugins: [withoutUnused, fewCommands, ...(store === 'memory' ? [inMemory] : [])],
    metafile: true,
    logLevel: 'warning',
  });
};

if (import.meta.main) {
  const store = process.argv.includes('--store=memory') ? 'memory' : 'real';
  const { metafile } = await buildHandlers(`${root}dist`, store);
  for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
    console.log(`${String(Math.ceil(bytes / 1024)).padStart(5)} KB  ${path}`);
  }
  // Vite is not needed by those who build handlers alone.
  const { buildPage } = await import('./build-page.ts');
  await buildPage(`${root}.parley/page`);
}
