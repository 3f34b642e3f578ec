import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import type { Page } from 'playwright-core';
import { buildHandlers } from '../../scripts/build.ts';
import { buildPage } from '../../scripts/build-page.ts';
import { enter, seen } from '../../test/support/page/acts.ts';
import { givePast } from '../../test/support/page/past.ts';
import { startWorld, type World } from '../../test/support/page/world.ts';
import { figure, spread } from '../figures.ts';
import type { Bench, Part } from '../part.ts';
import { whileRunning } from '../running.ts';
import { environmentOf, withStores } from '../stores.ts';
import { weightOf } from './weight.ts';

const visits = 10;
const entries = 10_000;
const arriving = 1_000;
const dayMs = 86_400_000;

/** From the navigation to the first message on the screen, by the browser's own clock. */
const firstMessageMs = async (page: Page, url: string, conversation: string): Promise<number> => {
  await page.goto('about:blank');
  await page.goto(`${url}/#/${conversation}`, { waitUntil: 'commit' });
  await page.getByRole('article').first().waitFor();
  return page.evaluate('performance.now()');
};

/** Tells how many milliseconds the page's thread has worked so far. */
const workOf = async (page: Page) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name: string) => (metrics.find((one) => one.name === name)?.value ?? 0) * 1_000;
    return { all: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration') };
  };
};

const measureIn = async (world: World, { pace, say }: Bench) => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const title = 'long';
  const conversation = await world.make(ann, { kind: 'group', title, members: [bob.user.id] });
  const size = pace.count(entries);
  say(`writing ${size} entries`);
  const begin = Date.now() - 300 * dayMs;
  await givePast(
    conversation,
    ann.user.id,
    Array.from({ length: size }, (_, i) => begin + i * 60_000),
  );

  const { page, context } = await world.open(ann);
  // The first visit also meets functions that have not run yet.
  await firstMessageMs(page, world.url, conversation);
  const first: number[] = [];
  for (let i = 0; i < pace.count(visits); i++)
    first.push(await firstMessageMs(page, world.url, conversation));

  say(`loading ${size} entries into the page`);
  await enter(page, title);
  await page.evaluate(`new Promise((done) => {
    const timeline = document.querySelector('.timeline');
    const climb = () => {
      timeline.scrollTo({ top: 0 });
      if (timeline.textContent.includes('This is where it begins.')) done();
      else requestAnimationFrame(climb);
    };
    climb();
  })`);
  await page.getByRole('button', { name: 'To the newest' }).click();
  await seen(page, `text ${size}`);
  await page.evaluate(`(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ entryTypes: ['longtask'] });
  })()`);
  const bobs = await world.gateway.connect(bob);
  const worked = await workOf(page);
  const before = await worked();
  const count = pace.count(arriving);
  for (let i = 1; i <= count; i++)
    await bobs.ask({ action: 'sendMessage', conversation, text: `arriving ${i}.` });
  await seen(page, `arriving ${count}.`);
  const after = await worked();
  const longest = await page.evaluate<number>('longest');
  await Promise.all([context.close(), bobs.close()]);
  return {
    first,
    size,
    count,
    longest,
    all: after.all - before.all,
    script: after.script - before.script,
    layout: after.layout - before.layout,
  };
};

export const measureWeb: Part = (bench) =>
  withStores(bench, async (stores) => {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    // As the tests of the page find them.
    Object.assign(process.env, environmentOf(stores), {
      TEST_DIRECTORY: bench.directory,
      PARLEY_TOKEN_KEY: JSON.stringify(await exportJWK(privateKey)),
    });
    await buildHandlers(join(bench.directory, 'dist'));
    await buildPage(join(bench.directory, 'page'));
    const lifted = { PARLEY_FRAMES_PER_SECOND: '1000', PARLEY_SENDS_PER_SECOND: '1000' };
    const told = await whileRunning(startWorld(lifted), (world) => measureIn(world, bench));
    return [
      weightOf(join(bench.directory, 'page')),
      {
        title: 'web: time to the first message',
        method: `From navigation to the first message on the screen, signed in, cached files, ${told.first.length} visits, headless Chromium on this machine, strict gateway and real stores beside it.`,
        columns: ['', 'ms'],
        rows: [['first message shown', spread(told.first, 0)]],
      },
      {
        title: `web: ${figure(told.count, 0)} messages arriving`,
        method: `One after another into an open conversation of ${figure(told.size, 0)} loaded entries: what the page's thread worked for each.`,
        columns: ['', 'ms'],
        rows: [
          ['all, for a message', figure(told.all / told.count, 2)],
          ['of it script', figure(told.script / told.count, 2)],
          ['of it layout', figure(told.layout / told.count, 2)],
          ['the longest task', figure(told.longest, 0)],
        ],
      },
    ];
  });
