import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import './lua.ts';
import { endChildren } from './child.ts';
import { writeMeasured } from './document.ts';
import { figure } from './figures.ts';
import { fullPace, type Part, quickPace } from './part.ts';
import { endAll } from './running.ts';
import { render } from './table.ts';

/**
 * `npm run bench`: measures everything and writes it into docs/PERFORMANCE.md. `npm run bench -- post hot` measures
 * these parts and prints them; `--quick` is for seeing that it runs, and its figures are worth nothing.
 *
 * Parts are imported when asked for, after lua.ts has taught this process to read their scripts.
 */
const parts: Record<string, () => Promise<Part>> = {
  send: async () => (await import('./send/measure.ts')).measureSend,
  post: async () => (await import('./post/measure.ts')).measurePost,
  insert: async () => (await import('./insert/measure.ts')).measureInsert,
  hot: async () => (await import('./hot/measure.ts')).measureHot,
  bundles: async () => (await import('./bundles/measure.ts')).measureBundles,
  page: async () => (await import('./page/measure.ts')).measurePage,
  audience: async () => (await import('./audience/measure.ts')).measureAudience,
  reconnect: async () => (await import('./reconnect/measure.ts')).measureReconnect,
  sdk: async () => (await import('./sdk/measure.ts')).measureSdk,
  web: async () => (await import('./web/measure.ts')).measureWeb,
};

const home = join(import.meta.dirname, '../.parley');
mkdirSync(home, { recursive: true });
const directory = mkdtempSync(join(home, 'bench-'));
const say = (line: string) => console.error(line);

const end = async () => {
  endChildren();
  await endAll();
  rmSync(directory, { recursive: true, force: true });
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}

const measureAll = async (names: string[], quick: boolean) => {
  const { describeMachine } = await import('./machine.ts');
  const pace = quick ? quickPace : fullPace;
  const told = [`${await describeMachine(say)}\n`];
  for (const name of names) {
    say(`measuring ${name}`);
    const from = performance.now();
    const part = await parts[name]?.();
    for (const table of (await part?.({ directory, pace, say })) ?? []) {
      told.push(render(table));
      console.log(`\n${told.at(-1)}`);
    }
    say(`${name} took ${figure((performance.now() - from) / 1_000, 0)} s`);
  }
  return told.join('\n');
};

const asked = process.argv.slice(2);
const quick = asked.includes('--quick');
const chosen = asked.filter((name) => name !== '--quick');
try {
  const unknown = chosen.find((name) => !(name in parts));
  if (unknown) throw new Error(`${unknown} is no part; there are ${Object.keys(parts).join(', ')}`);
  const measured = await measureAll(chosen.length > 0 ? chosen : Object.keys(parts), quick);
  // A document whose figures come from several runs, or from a hurried one, would mislead.
  if (chosen.length === 0 && !quick) writeMeasured(measured);
} finally {
  await end();
}
process.exit();
