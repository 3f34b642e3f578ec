import { readFileSync, writeFileSync } from 'node:fs';

/** What stands between the markers is measured; what stands around them is written by hand. */
const path = new URL('../docs/PERFORMANCE.md', import.meta.url);
const begin = '<!-- made by npm run bench: begin -->';
const end = '<!-- end -->';

export const writeMeasured = (measured: string): void => {
  const before = readFileSync(path, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from === -1 || to < from) throw new Error('docs/PERFORMANCE.md has lost its markers');
  writeFileSync(path, `${before.slice(0, from + begin.length)}\n\n${measured}\n${before.slice(to)}`);
};
