import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { figure } from '../figures.ts';
import type { Table } from '../table.ts';

const bytesPerKb = 1_024;
const kinds: Record<string, string> = {
  '.js': 'script',
  '.css': 'style',
  '.html': 'document',
  '.svg': 'icon',
};

/** What a first visit brings over the line. */
export const weightOf = (directory: string): Table => {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ name, bytes: readFileSync(join(parentPath, name)) }));
  const sizes = files.map(({ name, bytes }) => ({
    what: kinds[extname(name)] ?? name,
    plain: bytes.length,
    zipped: gzipSync(bytes).length,
  }));
  const total = { what: 'all', plain: 0, zipped: 0 };
  for (const { plain, zipped } of sizes) {
    total.plain += plain;
    total.zipped += zipped;
  }
  return {
    title: 'web: weight of the page',
    method: 'The files of the built page; all of them come with the first visit.',
    columns: ['file', 'KB', 'KB gzip'],
    rows: [...sizes, total].map(({ what, plain, zipped }) => [
      what,
      figure(plain / bytesPerKb, 1),
      figure(zipped / bytesPerKb, 1),
    ]),
  };
};
