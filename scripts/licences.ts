import { readFileSync } from 'node:fs';
import { table } from '../cost/table.ts';

/** The licences of everything that ships, as the lock file names them. */
type Locked = {
  version?: string;
  license?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
};
const read = (file: string) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
const packages: Record<string, Locked> = read('package-lock.json').packages;

/** Built into the page, and so development dependencies of the repository. */
export const pagePackages = ['react', 'react-dom', 'virtua'];

export type Shipped = { name: string; version: string; licence: string; where: string; isLocked: boolean };

/** Where Node finds a package from inside another: as near as it lies, else above. */
const foundFrom = (path: string, name: string): string | undefined => {
  const candidates = [`${path}/node_modules/${name}`, `node_modules/${name}`];
  return candidates.find((candidate) => packages[candidate]);
};

const closureOf = (names: string[]): Set<string> => {
  const found = new Set<string>();
  const walk = (from: string, dependencies: Iterable<string>) => {
    for (const name of dependencies) {
      const path = foundFrom(from, name);
      if (path === undefined) throw new Error(`${name} is not in the lock file`);
      if (found.has(path)) continue;
      found.add(path);
      walk(path, Object.keys(packages[path]?.dependencies ?? {}));
    }
  };
  walk('', names);
  return found;
};

export const shipped = (): Shipped[] => {
  const functions = closureOf(Object.keys(read('package.json').dependencies));
  const page = closureOf(pagePackages);
  return [...new Set([...functions, ...page])].sort().map((path) => {
    const { version = '?', license = 'unknown', integrity = '' } = packages[path] ?? {};
    const where = [functions.has(path) && 'functions', page.has(path) && 'page'].filter(Boolean).join(', ');
    const name = path.replace(/^.*node_modules\//, '');
    return { name, version, licence: license, where, isLocked: integrity.startsWith('sha512-') };
  });
};

/** docs/LICENCES.md */
export const licencePaper = (): string => {
  const all = shipped();
  const counts = [...Map.groupBy(all, ({ licence }) => licence)]
    .map(([licence, same]) => `${same.length} ${licence}`)
    .sort();
  return `<!-- Made by \`npm run generate\` from package-lock.json; edits are lost. -->

# Licences

Parley itself is Apache-2.0. What it ships beside its own code, and under which licence: ${counts.join(', ')}. The AWS SDK
is not in the bundles; the Lambda runtime brings its own. Tools that build and test are not listed, for they stay at home.

${table(
  ['package', 'version', 'licence', 'in'],
  all.map(({ name, version, licence, where }) => [`\`${name}\``, version, licence, where]),
)}
`;
};
