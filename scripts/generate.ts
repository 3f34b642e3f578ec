import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { asyncApi, frameSchemas, openApi } from './documents.ts';

/** Writes what is made from `schema/`; with `--check` only says whether it is up to date. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const notice = '# Made from schema/ by `npm run generate`; edits are lost.\n';
const yaml = (document: object) =>
  notice + stringify(document, { lineWidth: 110, aliasDuplicateObjects: false });

const made: Record<string, string> = {
  '../schema/frames.gen.json': `${JSON.stringify(frameSchemas(), undefined, 2)}\n`,
  '../docs/asyncapi.yaml': yaml(asyncApi(version)),
  '../docs/openapi.yaml': yaml(openApi(version)),
};

const stale = Object.entries(made).filter(([path, text]) => {
  try {
    return readFileSync(new URL(path, import.meta.url), 'utf8') !== text;
  } catch {
    return true;
  }
});

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`stale: ${fileURLToPath(new URL(path, import.meta.url))}`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(new URL(path, import.meta.url), text);
}
