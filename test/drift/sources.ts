import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The project's own files, as these tests read them. */
export const root = resolve(import.meta.dirname, '../..');

export const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

export type Import = { from: string; to: string; isType: boolean };

/** What a file imports: paths from the root for ours, names for packages. */
export const importsOf = (file: string): Import[] => {
  const statements = textOf(file).matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gms,
  );
  return [...statements].map(([, type, from, bare, dynamic]) => {
    const target = from ?? bare ?? dynamic ?? '';
    const to = target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target;
    return { from: file, to, isType: type !== undefined };
  });
};
