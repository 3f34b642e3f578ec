import { clientEntries, compressedSize } from '../../scripts/build-client.ts';
import { figure } from '../figures.ts';
import type { Part } from '../part.ts';

const bytesPerKb = 1_024;

export const measureSdk: Part = async () => {
  const rows: string[][] = [];
  for (const [name, file] of Object.entries(clientEntries)) {
    rows.push([name.replace('.', '@parley/client'), figure((await compressedSize(file)) / bytesPerKb, 1)]);
  }
  return [
    {
      title: 'sdk: size by entry',
      method: 'Minified and compressed, each entry with everything that it needs but React.',
      columns: ['entry', 'KB gzip'],
      rows,
    },
  ];
};
