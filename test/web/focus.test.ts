import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { act, enter, message, seen, send, texts, until, write } from '../support/page/acts.ts';
import { startWorld, type World } from '../support/page/world.ts';

jest.setTimeout(60_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  expect(world.complaints).toEqual([]);
});

const aPage = async () => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const conversation = await world.make(ann, { kind: 'group', title: 'the party', members: [bob.user.id] });
  await world.say(bob, conversation, 'hello');
  return { ann, bob, conversation, ...(await world.open(ann)) };
};

const begin = async (page: Page) => {
  await enter(page, 'the party');
  await page.getByText('This is where it begins.').waitFor();
  await seen(page, 'hello');
};

const focused =
  "document.activeElement.closest('[data-key]')?.textContent ?? document.activeElement.ariaLabel";

/** As Safari tells of the Enter that confirms what an input method offers: the composition is over already. */
const confirm = (field: Locator) =>
  field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true });

describe('an input method', () => {
  test('sends nothing by the Enter that confirms its words', async () => {
    const { page, context } = await aPage();
    await begin(page);
    await write(page).fill('にほん');
    await confirm(write(page));
    expect(await write(page).inputValue()).toBe('にほん');
    await write(page).fill('日本');
    await write(page).press('Enter');
    await seen(page, '日本');
    expect(await texts(page)).toEqual(['hello', '日本']);
    await context.close();
  });

  test('opens nothing in the list, and goes nowhere in a search', async () => {
    const { page, context, bob, conversation } = await aPage();
    await world.say(bob, conversation, 'hello again');
    const list = page.getByLabel('Find a conversation');
    await list.fill('party');
    await page.getByRole('link', { name: 'the party' }).waitFor();
    await confirm(list);
    expect(await list.inputValue()).toBe('party');
    expect(new URL(page.url()).hash).toBe('');
    await list.press('Enter');
    await seen(page, 'hello again');
    await page.getByRole('button', { name: 'Search in loaded messages' }).click();
    const search = page.getByRole('searchbox', { name: 'Search in loaded messages' });
    await search.fill('hello');
    await page.getByText('1 of 2').waitFor();
    await confirm(search);
    expect(await page.getByText('1 of 2').count()).toBe(1);
    await search.press('Enter');
    await page.getByText('2 of 2').waitFor();
    await context.close();
  });
});

describe('the keyboard', () => {
  test('leads through the list from the writing, to the search and to the help, and edits with a plain Arrow up', async () => {
    const { ann, bob, page, context } = await aPage();
    const second = await world.make(ann, { kind: 'group', title: 'the second', members: [bob.user.id] });
    await world.say(ann, second, 'mine here');
    await page.getByRole('link', { name: 'the second' }).waitFor();
    await enter(page, 'the party');
    await send(page, 'mine');
    await seen(page, 'mine');
    const opened = (title: string) => page.getByRole('main').getByRole('heading', { name: title }).waitFor();
    await write(page).press('Alt+ArrowDown');
    await opened('the second');
    await seen(page, 'mine here');
    await write(page).press('Alt+ArrowUp');
    await opened('the party');
    await seen(page, 'mine');
    await write(page).press('ArrowUp');
    expect(await write(page).inputValue()).toBe('mine');
    await write(page).press('Escape');
    expect(await write(page).inputValue()).toBe('');

    await page.keyboard.press('?');
    expect(await write(page).inputValue()).toBe('?');
    await page.keyboard.press('Control+k');
    expect(await page.evaluate(focused)).toBe('Find a conversation');
    for (const times of [1, 2]) {
      await page.keyboard.press('Control+f');
      expect([times, await page.evaluate(focused)]).toEqual([times, 'Search in loaded messages']);
      await page.getByRole('button', { name: 'Details' }).focus();
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await context.close();
  });

  test('goes on after an emoji that was picked, where it is put', async () => {
    const { page, context } = await aPage();
    await begin(page);
    await write(page).fill('ab');
    await write(page).press('ArrowLeft');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '😀' }).click();
    await page.keyboard.type('c');
    await page.keyboard.press('Enter');
    await seen(page, 'a😀cb');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await context.close();
  });
});

describe('the focus', () => {
  test('stays with the writing, however many messages the button sends', async () => {
    const { page, context } = await aPage();
    await begin(page);
    for (const text of ['one', 'two', 'three']) {
      await send(page, text);
      await seen(page, text);
      expect(await page.evaluate(focused)).toBe('Message');
    }
    await context.close();
  });

  const closings: [string, (page: Page) => Promise<void>][] = [
    ['Escape', (page) => page.keyboard.press('Escape')],
    ['its button', (page) => page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()],
    ['a click beside it', (page) => page.mouse.click(5, 5)],
  ];

  test.each(closings)('comes back from a dialog that %s closes', async (_what, close) => {
    const { page, context } = await aPage();
    await begin(page);
    const openers: [Locator, string][] = [
      [page.getByRole('button', { name: 'New conversation' }), 'New conversation'],
      [page.getByRole('main').getByRole('button', { name: 'Details' }), 'Details'],
    ];
    for (const [opener, name] of openers) {
      await opener.click();
      await page.getByRole('dialog').waitFor();
      await close(page);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await page.evaluate(focused)).toBe(name);
    }
    await context.close();
  });

  test('comes back from a dialog that a menu led to, to what opened the menu', async () => {
    const { page, context } = await aPage();
    await page.locator('.account').click();
    await page.getByRole('button', { name: 'Devices' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate("document.activeElement.matches('.account')")).toBe(true);
    await context.close();
  });

  test('comes back to the message that was acted on', async () => {
    const { page, context } = await aPage();
    await begin(page);
    const isBack = () => until(page, `(${focused})?.includes('hello')`);
    const dialog = page.getByRole('dialog');

    await message(page, 'hello').press('+');
    await dialog.getByRole('button', { name: '🎉' }).click();
    await message(page, 'hello').getByRole('button', { name: '🎉' }).waitFor();
    await isBack();

    await act(page, 'hello', 'React');
    await dialog.getByRole('button', { name: '👍' }).click();
    await message(page, 'hello').getByRole('button', { name: '👍' }).waitFor();
    await isBack();

    await send(page, 'hello from me');
    await seen(page, 'hello from me');
    await act(page, 'hello from me', 'Delete');
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await isBack();
    await context.close();
  });
});
