import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { connect } from '../../client/chat.ts';
import { systemClock } from '../../client/clock.ts';
import { createTestServer } from '../../client/testing/index.ts';

/** What client/README.md tells people to paste is run here as it stands. */
const client = fileURLToPath(new URL('../../client/', import.meta.url));
const readme = readFileSync(join(client, 'README.md'), 'utf8');
const { exports } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));

const blockOf = (name: string): string => {
  const block = new RegExp(`\`\`\`ts ${name}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`README has no block ${name}`);
  return block;
};
/** Runs a block, which imports the sources in place of the package. */
const runBlock = async (name: string, exported = ['parley']) => {
  const source = blockOf(name).replaceAll(/'@parley\/client(\/\w+)?'/g, (_, entry = '') => {
    const { default: file } = exports[`.${entry}`];
    return JSON.stringify(join(client, file.replace('./dist/', '').replace(/\.js$/, '.ts')));
  });
  const folder = join(process.env.TEST_DIRECTORY ?? '', 'readme');
  mkdirSync(folder, { recursive: true });
  // Whoever reads it may close it: a page is closed by its browser.
  writeFileSync(join(folder, `${name}.ts`), `${source}\nexport { ${exported.join()} };\n`);
  return (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { parley: { close(): void } };
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

test('the page chats', async () => {
  expect(linesOf('page')).toBeLessThanOrEqual(20);
  stage();
  // @ts-expect-error: it has no types
  const { JSDOM } = await import('jsdom');
  const { window } = new JSDOM('<!doctype html><body></body>');
  const { document } = window;
  Object.assign(globalThis, { document });
  const { parley } = await runBlock('page');
  ends.push(parley.close, () => Reflect.deleteProperty(globalThis, 'document'));

  const input = document.querySelector('input');
  input.value = '<b>hello</b>';
  const list = document.querySelector('ul');
  const shown = new Promise<void>((resolve) => {
    new window.MutationObserver(() => list.textContent.includes('✓') && resolve()).observe(list, {
      childList: true,
    });
  });
  input.onchange();
  await shown;
  expect(list.textContent).toBe('<b>hello</b> ✓');
  expect(input.value).toBe('');
});

test('the bot answers', async () => {
  expect(linesOf('bot')).toBeLessThanOrEqual(10);
  const server = stage();
  const credentials = JSON.stringify({ name: 'echo', password: 'correct horse battery' });
  const headers = { 'content-type': 'application/json' };
  const registered = await fetch('http://localhost:3000/v1/register', {
    method: 'POST',
    headers,
    body: credentials,
  });
  const { user } = (await registered.json()) as { user: { id: string } };
  const { parley } = await runBlock('bot');
  const ann = connect(server.user('ann').device().options);
  ends.push(parley.close, ann.close);

  const answered = new Promise<string>((resolve) => {
    ann.on('message.new', ({ from, text }) => from === user.id && resolve(text));
  });
  const conversation = await ann.direct(user.id);
  await (parley as typeof ann).ready;
  conversation.send('hello');
  expect(await answered).toBe('you said: hello');
});

test('the test of an app runs', async () => {
  const { parley, ...rest } = await runBlock('test', ['parley', 'texts']);
  ends.push(parley.close);
  expect(Reflect.get(rest, 'texts')).toEqual([false, 'are you there?', 'on the train']);
});
