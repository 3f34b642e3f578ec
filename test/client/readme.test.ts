import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { connect } from '../../client/chat.ts';
import { systemClock } from '../../client/clock.ts';
import { createTestServer } from '../../client/testing/index.ts';
import { modulesInto } from '../../scripts/build-client.ts';

/** What client/README.md tells people to paste is run here as it stands. */
const client = fileURLToPath(new URL('../../client/', import.meta.url));
const readme = readFileSync(join(client, 'README.md'), 'utf8');
const { exports, files } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));

const blockOf = (name: string): string => {
  const block = new RegExp(`\`\`\`ts ${name}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`README has no block ${name}`);
  return block;
};
const folder = join(process.env.TEST_DIRECTORY ?? '', 'readme');
const sources = (file: string) => join(client, file.replace('./dist/', '').replace(/\.js$/, '.ts'));
const built = (file: string) => join(folder, file);

let runs = 0;
/** What a block exports is whatever it names. */
// biome-ignore lint/suspicious/noExplicitAny: what a block names
type Named = Record<string, any>;
/** Runs a block, which imports the sources, or the built package, in place of the installed one. */
const runBlock = async (
  name: string,
  exported = ['parley'],
  { from = sources, globals = {} }: { from?: typeof sources; globals?: object } = {},
): Promise<Named> => {
  const source = blockOf(name).replaceAll(/'@parley\/client(\/\w+)?'/g, (_, entry = '') =>
    JSON.stringify(from(exports[`.${entry}`].default)),
  );
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${++runs}.ts`);
  Object.assign(globalThis, { [file]: globals });
  const given = `const { ${Object.keys(globals).join()} } = globalThis[${JSON.stringify(file)}];\n`;
  // Whoever reads it may close it: a page is closed by its browser.
  writeFileSync(file, `${given}${source}\nexport { ${exported.join()} };\n`);
  return import(pathToFileURL(file).href);
};

const linesOf = (name: string) =>
  blockOf(name)
    .split('\n')
    .filter((line) => line.trim() !== '').length;

const kept = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  Object.assign(globalThis, kept);
});

/** A server that answers whatever in this process would go to the network. */
const stage = () => {
  const server = createTestServer({ clock: systemClock });
  const { fetch, WebSocket } = server.user('line').device().options;
  Object.assign(globalThis, { fetch, WebSocket });
  ends.push(server.stop);
  return server;
};

/** A page of somebody, at an address; it goes on while the next one is opened. */
const openPage = async (from: typeof sources, hash: string, ...answers: string[]) => {
  // @ts-expect-error: it has no types
  const { JSDOM } = await import('jsdom');
  const { window } = new JSDOM('<!doctype html><body></body>');
  const { document } = window;
  const location = new URL(hash, 'http://localhost');
  const prompt = () => answers.shift();
  const { parley, list, input } = await runBlock('page', ['parley', 'list', 'input'], {
    from,
    globals: { document, location, prompt },
  });
  ends.push(parley.close);
  const shown = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => list.textContent.includes(text) && resolve();
      new window.MutationObserver(look).observe(list, { childList: true });
      look();
    });
  const say = (text: string) => {
    input.value = text;
    input.onchange();
  };
  return { location, list, input, shown, say };
};

test.each([
  ['the sources', sources],
  ['the built package', built],
])('the page is a chat of those who open its address: %s', async (_, from) => {
  if (from === built) await modulesInto(join(folder, 'dist'));
  expect(linesOf('page')).toBeLessThanOrEqual(20);
  stage();
  const one = await openPage(from, '', 'ann', 'correct horse');
  const other = await openPage(from, one.location.hash, 'bob', 'wrong horse');
  one.say('<b>hello</b>');
  await Promise.all([one.shown('ann · <b>hello</b> · stored'), other.shown('ann · <b>hello</b> · stored')]);
  expect(one.input.value).toBe('');
  other.say('hi');
  await Promise.all([one.shown('bob · hi · stored'), other.shown('bob · hi · stored')]);

  const again = await openPage(from, one.location.hash, 'bob', 'wrong horse');
  await again.shown('ann · <b>hello</b> · stored');
});

test('the bot answers, and goes on with another token', async () => {
  expect(linesOf('bot')).toBeLessThanOrEqual(10);
  const server = stage();
  const renewed = new Promise<void>((resolve) => {
    server.interfere(({ what, content: { path } }) => {
      if (what === 'POST' && path === '/v1/tokens/renew') resolve();
      return undefined;
    });
  });
  const { parley, getToken } = await runBlock('bot', ['parley', 'getToken']);
  const ann = connect(server.user('ann').device().options);
  ends.push(parley.close, ann.close);

  const answered = (words: string) =>
    new Promise<void>((resolve) => {
      ann.on('message.new', ({ text }) => text === `you said: ${words}` && resolve());
    });
  const first = answered('hello');
  const conversation = await ann.direct(parley.me.user.id);
  conversation.send('hello');
  await first;

  const [old, next] = [await getToken(), await getToken()];
  await renewed;
  expect(next).not.toBe(old);
  const devices = await parley.request('GET', '/v1/devices');
  expect(devices.items).toHaveLength(1);
});

test('the bot is loud where it cannot go on', async () => {
  const server = stage();
  server.interfere(({ what, content: { path } }) =>
    what === 'POST' && /^.v1.(register|tokens)$/.test(String(path)) ? 'unauthorized' : undefined,
  );
  await expect(runBlock('bot')).rejects.toMatchObject({ code: 'unauthorized' });
});

test('the test of an app runs', async () => {
  const { parley, texts } = await runBlock('test', ['parley', 'texts']);
  ends.push(parley.close);
  expect(texts).toEqual([false, 'are you there?', 'on the train']);
});

test('what it links to is in the package', () => {
  const links = [...readme.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, target = '']) => target);
  const ours = links.filter((target) => !/^[a-z]+:/.test(target));
  expect(ours.length).toBeGreaterThan(0);
  const isPacked = (target: string) =>
    existsSync(join(client, target)) && files.includes(target.split('/')[0] ?? '');
  expect(ours.filter((target) => !isPacked(target))).toEqual([]);
});
