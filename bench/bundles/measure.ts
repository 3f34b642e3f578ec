import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildHandlers } from '../../scripts/build.ts';
import { figure, spread } from '../figures.ts';
import type { Part } from '../part.ts';
import { inTurns } from '../turns.ts';

/** Fresh processes for each bundle. */
const samples = 13;
const bytesPerKib = 1_024;

/** In a process of its own, which has loaded nothing yet. */
const timed = `
  const from = performance.now();
  require(process.argv[1]);
  console.log(performance.now() - from);
  process.exit(0);
`;
const importMs = (path: string) =>
  Number(execFileSync(process.execPath, ['-e', timed, path], { encoding: 'utf8' }));

export const measureBundles: Part = async ({ directory, pace }) => {
  const dist = join(directory, 'bundles');
  await buildHandlers(dist);
  writeFileSync(join(dist, 'empty.cjs'), '');
  const paths = readdirSync(dist).map((file) => join(dist, file));
  const results = await inTurns(paths, pace.count(samples), async (path) => importMs(path));
  return [
    {
      title: 'bundles: size and import time',
      method: `\`require\` in a fresh process, ${pace.count(samples)} of them for each bundle, in turns.`,
      columns: ['bundle', 'KiB', 'import ms'],
      rows: results.map(({ taken, told }) => [
        taken.slice(dist.length + 1),
        figure(statSync(taken).size / bytesPerKib, 0),
        spread(told, 1),
      ]),
    },
  ];
};
