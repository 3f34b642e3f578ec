import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/**
 * The package `@parley/client`: ES modules into `client/dist`, one for each entry of its package.json, and their
 * types. What entries share is in modules of its own, so that an error is of the same class whichever entry gave it.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const clientDist = join(root, 'client/dist');

type Exports = Record<string, { default: string }>;
const { exports } = JSON.parse(readFileSync(join(root, 'client/package.json'), 'utf8')) as {
  exports: Exports;
};

/** The source of each entry, by its name in the package. */
export const clientEntries: Record<string, string> = Object.fromEntries(
  Object.entries(exports).map(([name, { default: file }]) => [
    name,
    join(root, 'client', file.replace('./dist/', '').replace(/\.js$/, '.ts')),
  ]),
);

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  external: ['react'],
  logLevel: 'warning',
} satisfies BuildOptions;

/** Bytes of an entry with all that it imports, as a page would get it: minified, and compressed by gzip. */
export const compressedSize = async (entry: string): Promise<number> => {
  const { outputFiles } = await build({ ...common, entryPoints: [entry], minify: true, write: false });
  return gzipSync(outputFiles?.[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
};

/** The declaration files of the SDK. */
export const typesInto = (outDir: string) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', outDir];
  execFileSync(process.execPath, [tsc, '-p', join(root, 'client'), ...options], { stdio: 'inherit' });
  for (const file of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue;
    const text = readFileSync(join(outDir, file), 'utf8');
    writeFileSync(join(outDir, file), text.replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'"));
  }
};

/** The modules of the package. */
export const modulesInto = (outdir: string) =>
  build({
    ...common,
    entryPoints: Object.values(clientEntries),
    outbase: join(root, 'client'),
    outdir,
    splitting: true,
    chunkNames: 'shared/[hash]',
  });

if (import.meta.main) {
  rmSync(clientDist, { recursive: true, force: true });
  await modulesInto(clientDist);
  typesInto(clientDist);
  cpSync(join(root, 'LICENSE'), join(clientDist, 'LICENSE'));
  for (const [name, source] of Object.entries(clientEntries))
    console.log(`${name.padEnd(12)} ${(await compressedSize(source)).toLocaleString('en')} bytes`);
}
