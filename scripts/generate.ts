import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { costPaper } from '../cost/paper.ts';
import { readAccess, redisAccess } from './cloud/access.ts';
import { keyspaceTemplate } from './cloud/tables.ts';
import { asyncApi, frameSchemas, openApi } from './documents.ts';
import { licencePaper } from './licences.ts';
import { watchTemplate } from './watch/cloudwatch.ts';
import { grafanaDashboard } from './watch/grafana.ts';
import { socketTemplate } from './watch/sockets.ts';
import { wireTypes } from './wire.ts';

/** Writes what is made from `schema/`, `cost/`, the lock file and the bundles; with `--check` only says whether it is up to date. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const notice = '# Made from schema/ by `npm run generate`; edits are lost.\n';
const yaml = (document: object) =>
  notice + stringify(document, { lineWidth: 110, aliasDuplicateObjects: false });

const watched = (from: string, document: object) =>
  `# Made from ${from} and scripts/watch/ by \`npm run generate\`; edits are lost.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;

const made: Record<string, string> = {
  '../schema/frames.gen.json': `${JSON.stringify(frameSchemas(), undefined, 2)}\n`,
  '../docs/asyncapi.yaml': yaml(asyncApi(version)),
  '../docs/openapi.yaml': yaml(openApi(version)),
  '../docs/COST.md': costPaper(),
  '../docs/LICENCES.md': licencePaper(),
  '../cloud/tables.gen.yml': yaml(keyspaceTemplate()),
  '../cloud/watch.gen.yml': watched('lib/metrics/', watchTemplate()),
  '../cloud/sockets.gen.yml': watched('serverless.yml', socketTemplate()),
  '../observe/grafana/dashboards/parley.gen.json': `${JSON.stringify(grafanaDashboard(), undefined, 2)}\n`,
  '../cloud/access.gen.json': `${JSON.stringify({ redis: redisAccess(), functions: await readAccess() }, undefined, 2)}\n`,
  '../client/wire.gen.ts': wireTypes(),
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
