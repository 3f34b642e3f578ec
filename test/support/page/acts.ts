import type { Locator, Page } from 'playwright-core';

/** What people do with the page, and what they look for. */
export const enter = async (page: Page, title: string): Promise<void> => {
  await page.getByRole('link', { name: title }).first().click();
  await page.getByRole('main').getByRole('heading', { name: title }).waitFor();
};

export const write = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });

export const send = async (page: Page, text: string): Promise<void> => {
  await write(page).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
};

/** The message that says this. */
export const message = (page: Page, text: string): Locator =>
  page.getByRole('main').getByRole('article').filter({ hasText: text }).last();

export const seen = (page: Page, text: string): Promise<void> => message(page, text).waitFor();

/** Waits until a message of one's own has come so far. */
export const ticked = (page: Page, text: string, tick: 'Sent' | 'Delivered' | 'Read' | 'Not sent yet') =>
  message(page, text).getByRole('img', { name: tick, exact: true }).waitFor();

/** Uses a button of the bar beside a message. */
export const act = async (page: Page, text: string, name: string): Promise<void> => {
  await message(page, text).hover();
  await message(page, text).getByRole('button', { name, exact: true }).click();
};

/** The texts of all messages that are in the page, from the top. */
export const texts = (page: Page): Promise<string[]> =>
  page.getByRole('main').locator('article .text').allTextContents();

/** A row of the list. */
export const row = (page: Page, title: string): Locator => page.getByRole('link', { name: title }).first();

const patienceMs = 20_000;

/** Looks at each frame. What Playwright has for this evaluates strings in the page, which the policy forbids. */
export const until = async (page: Page, condition: string): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  const look = `new Promise((tell) => requestAnimationFrame(() => tell(Boolean(${condition}))))`;
  while (!(await page.evaluate(look))) {
    if (Date.now() > deadline) throw new Error(`it never came to ${condition}`);
  }
};

/** Where a message stands on the screen. */
export const topOf = async (page: Page, text: string): Promise<number> =>
  Math.round((await message(page, text).boundingBox())?.y ?? Number.NaN);

export const scrollTo = (page: Page, top: number): Promise<unknown> =>
  page.evaluate(`document.querySelector('.timeline').scrollTo({ top: ${top} })`);

/** Scrolls up, and again, until this is in the page. */
export const scrollUpTo = (page: Page, text: string): Promise<void> =>
  until(
    page,
    `(() => {
    const timeline = document.querySelector('.timeline');
    timeline.scrollTo({ top: 0 });
    return timeline.textContent.includes(${JSON.stringify(text)});
  })()`,
  );
