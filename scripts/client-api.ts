import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientEntries, typesInto } from './build-client.ts';

/**
 * What the SDK shows to those who use it, from its declaration files: a reference for people, and a report without
 * prose in which a change of the surface is seen. `--check` says whether both are up to date.
 */
const client = fileURLToPath(new URL('../client/', import.meta.url));
const packageName: string = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8')).name;

type Declaration = { name: string; comment: string; text: string };

/** The top-level statements of a declaration file, each after its comment. */
const statementsOf = (text: string): { comment: string; text: string }[] => {
  const parts = text.split(/^(?=\/\*\*|export |declare |import |type |interface |const )/m);
  const statements: { comment: string; text: string }[] = [];
  let comment = '';
  for (const part of parts) {
    if (part.startsWith('/**')) comment = part.trim();
    else {
      statements.push({ comment, text: part.trim() });
      comment = '';
    }
  }
  return statements;
};

const declared = /^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/;
const handedOn = /^export (?:type )?(?:\*|\{([^}]*)\}) from '([^']+)'/;

/** Everything that can be imported from a declaration file. */
const exportsOf = (file: string): Declaration[] =>
  statementsOf(readFileSync(file, 'utf8')).flatMap(({ comment, text }) => {
    const name = declared.exec(text)?.[1];
    if (name !== undefined) return [{ name, comment, text }];
    const found = handedOn.exec(text);
    if (!found) return [];
    const [, names, from = ''] = found;
    const there = exportsOf(join(dirname(file), from.replace(/\.js$/, '.d.ts')));
    if (names === undefined) return there;
    const wanted = names.split(',').map((one) => one.trim().replace(/^type /, ''));
    return wanted.filter((one) => one !== '').flatMap((one) => there.filter((it) => it.name === one));
  });

const proseOf = (comment: string) =>
  comment
    .replace(/^\/\*\*\s?|\s*\*\/$/g, '')
    .replaceAll(/\n\s*\* ?/g, '\n')
    .trim();
const withoutComments = (text: string) => text.replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '');
const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\`\n`;
const notice = '<!-- Made from client/ by `npm run client-api`; edits are lost. -->\n';

const byName = (one: Declaration, other: Declaration) => (one.name < other.name ? -1 : 1);

/** Both documents of an entry. `known` is of the core: who imports from elsewhere finds it there as well. */
const documentsOf = (entry: string, all: Declaration[], known: Declaration[]) => {
  const isKnown = ({ name, text }: Declaration) =>
    known.some((one) => one.name === name && one.text === text);
  const own = all.filter((one) => !isKnown(one)).sort(byName);
  const bare = own.find(({ comment }) => comment === '');
  if (bare && !own.some(({ name, comment }) => name === bare.name && comment !== ''))
    throw new Error(`${entry}: ${bare.name} says nothing of itself`);
  const more = own.length < all.length ? `\nAnd everything of [\`${packageName}\`](core.md).\n` : '';
  const names = [...new Set(own.map(({ name }) => name))];
  const sections = names.map((name) => {
    const parts = own.filter((one) => one.name === name);
    const prose = parts.map(({ comment }) => proseOf(comment)).filter((one) => one !== '');
    return `\n## ${name}\n\n${prose.join('\n\n')}\n\n${code(parts.map(({ text }) => text).join('\n'))}`;
  });
  return {
    reference: `${notice}\n# ${entry}\n${more}${sections.join('')}`,
    report: `${notice}\n# ${entry}\n${more}\n${code(own.map(({ text }) => withoutComments(text)).join('\n\n'))}`,
  };
};

const made = (): Record<string, string> => {
  const types = mkdtempSync(join(tmpdir(), 'parley-types-'));
  try {
    typesInto(types);
    const all = Object.entries(clientEntries).map(([name, source]) => {
      const file = join(types, relative(client, source).replace(/\.ts$/, '.d.ts'));
      return [name, exportsOf(file)] as const;
    });
    const core = all.find(([name]) => name === '.')?.[1] ?? [];
    const files = all.map(([name, found]) => {
      const title = name === '.' ? 'core' : name.slice(2);
      const entry = packageName + name.slice(1);
      const { reference, report } = documentsOf(entry, found, name === '.' ? [] : core);
      return { [`docs/${title}.md`]: reference, [`api/${title}.api.md`]: report };
    });
    return Object.assign({}, ...files);
  } finally {
    rmSync(types, { recursive: true });
  }
};

const isStale = ([path, text]: [string, string]) => {
  try {
    return readFileSync(join(client, path), 'utf8') !== text;
  } catch {
    return true;
  }
};
const stale = Object.entries(made()).filter(isStale);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`stale: client/${path}`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(join(client, path), text);
}
