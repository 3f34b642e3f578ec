import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  enter,
  message,
  scrollTo,
  scrollUpTo,
  seen,
  send,
  texts,
  ticked,
  topOf,
  until,
  write,
} from '../support/page/acts.ts';
import { givePast } from '../support/page/past.ts';
import { startWorld, type World } from '../support/page/world.ts';

jest.setTimeout(60_000);

const title = 'a long past';
const entries = 400;
const begin = Date.UTC(2025, 2, 1, 12);
const end = Date.UTC(2025, 8, 1, 12);

const moments = Array.from({ length: entries }, (_, i) => Math.floor(begin + ((end - begin) * i) / entries));

let world: World;
let page: Page;
let conversation: string;
let ann: Awaited<ReturnType<World['person']>>;
let bob: Awaited<ReturnType<World['person']>>;
beforeAll(async () => {
  world = await startWorld();
  ann = await world.person('ann');
  bob = await world.person('bob');
  conversation = await world.make(ann, { kind: 'group', title, members: [bob.user.id] });
  await givePast(conversation, ann.user.id, moments);
  ({ page } = await world.open(ann));
});
afterAll(async () => {
  await world.stop();
  expect(world.complaints).toEqual([]);
});

describe('a long past', () => {
  test('opens at its newest messages, and only what is in sight is in the page', async () => {
    await enter(page, title);
    await seen(page, `text ${entries}`);
    expect((await texts(page)).length).toBeLessThan(50);
  });

  test('grows at its top, and keeps the place', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/messages?*', async (route) => {
      await released;
      await route.continue();
    });
    const first = 'text 351';
    await scrollUpTo(page, first);
    await page.getByRole('button', { name: 'Loading…' }).waitFor();
    const before = await topOf(page, first);
    release();
    await page.getByRole('button', { name: 'Load older messages' }).waitFor();
    await until(
      page,
      `document.querySelector('.timeline article .text').textContent !== ${JSON.stringify(first)}`,
    );
    expect(Math.abs((await topOf(page, first)) - before)).toBeLessThan(4);
    await page.unroute('**/messages?*');
  });

  test('grows as one scrolls up, to its beginning', async () => {
    await scrollUpTo(page, 'This is where it begins.');
    await seen(page, 'text 2');
  });

  test('stays where one reads, whatever arrives, and at the end for who is at the end', async () => {
    await scrollTo(page, 0);
    await seen(page, 'text 2');
    const before = await topOf(page, 'text 2');
    await world.say(bob, conversation, 'came while reading');
    const button = page.getByRole('button', { name: '1 new' });
    await button.waitFor();
    expect(await topOf(page, 'text 2')).toBe(before);
    await button.click();
    await seen(page, 'came while reading');
    await button.waitFor({ state: 'detached' });
    await world.say(bob, conversation, 'came at the end');
    await seen(page, 'came at the end');
    await until(
      page,
      `(() => {
      const { scrollTop, clientHeight, scrollHeight } = document.querySelector('.timeline');
      return scrollHeight - scrollTop - clientHeight < 4;
    })()`,
    );
  });

  test('is searched, as far as it is loaded', async () => {
    await page.keyboard.press('Control+f');
    await page.keyboard.type('came at');
    await page.getByText('1 of 1').waitFor();
    await page.locator('mark').getByText('came at').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('mark').first().waitFor({ state: 'detached' });
  });

  test('opens at a month, and comes back to the newest', async () => {
    await page.getByRole('button', { name: 'Jump to a month' }).click();
    const chooser = page.getByRole('dialog', { name: 'Jump to a month' });
    await chooser.getByRole('button', { name: 'The year before' }).click();
    await chooser.getByRole('button', { name: 'May 2025' }).click();
    const lastOfMay = moments.findLastIndex((at) => new Date(at).toISOString().startsWith('2025-05'));
    await seen(page, `text ${lastOfMay + 1}`);
    await page.getByRole('button', { name: 'To the newest' }).click();
    await seen(page, 'came at the end');
  });

  test('is walked through by keys', async () => {
    await send(page, 'my own words');
    await ticked(page, 'my own words', 'Sent');
    await message(page, 'my own words').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    const focused = page.locator('article:focus');
    expect(await focused.locator('.text').textContent()).toBe('came while reading');
    await page.keyboard.press('r');
    await page.keyboard.type('an answer by keys');
    await page.keyboard.press('Enter');
    await message(page, 'an answer by keys').getByText('came while reading').waitFor();
    await page.keyboard.press('ArrowUp');
    expect(await write(page).inputValue()).toBe('an answer by keys');
    await page.keyboard.press('Escape');
    expect(await write(page).inputValue()).toBe('');
    await page.keyboard.type('goes on');
    expect(await write(page).inputValue()).toBe('goes on');
  });

  test('leads from an answer to what it answers, however long ago, and back', async () => {
    await world.say(bob, conversation, 'about the old days', { replyTo: 20 });
    await seen(page, 'about the old days');
    const { page: fresh, context } = await world.open(ann);
    await enter(fresh, title);
    await message(fresh, 'about the old days').getByRole('button', { name: 'An earlier message' }).click();
    const answered = fresh.locator('article.marked');
    await answered.waitFor();
    expect(await answered.locator('.text').textContent()).toBe('text 20');
    const [box, frame] = [await answered.boundingBox(), await fresh.locator('.timeline').boundingBox()];
    expect(box?.y).toBeGreaterThan(frame?.y ?? Number.NaN);
    expect(box?.y).toBeLessThan((frame?.y ?? Number.NaN) + (frame?.height ?? 0));
    await answered.waitFor({ state: 'detached' });
    await fresh.getByRole('button', { name: 'To the newest' }).click();
    await seen(fresh, 'about the old days');
    await context.close();
  });
});
