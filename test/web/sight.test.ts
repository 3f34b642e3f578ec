import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { enter, message, seen, send, texts, ticked, until, write } from '../support/page/acts.ts';
import { startWorld, type World } from '../support/page/world.ts';

jest.setTimeout(90_000);

const phone = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  expect(world.complaints).toEqual([]);
});

type Found = { violations: { id: string; impact: string; nodes: { html: string }[] }[] };

/** What axe calls serious or critical, with the elements. */
const faults = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<Found>('axe.run({ resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
};

const aParty = async () => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const conversation = await world.make(ann, { kind: 'group', title: 'the party', members: [bob.user.id] });
  return { ann, bob, conversation };
};

describe('every screen', () => {
  test.each(['light', 'dark'] as const)('has nothing that axe finds serious, %s', async (colorScheme) => {
    const door = await world.browser.newPage({ colorScheme });
    await door.goto(world.url);
    await door.getByRole('button', { name: 'Create an account' }).waitFor();
    expect(await faults(door)).toEqual([]);
    await door.close();

    const { ann, bob, conversation } = await aParty();
    const { page, context } = await world.open(ann, { colorScheme });
    await page.getByRole('link', { name: 'the party' }).waitFor();
    expect(await faults(page)).toEqual([]);

    const seq = await world.say(bob, conversation, 'look at https://example.com/a?b=c');
    await world.say(bob, conversation, 'and answer', { replyTo: seq });
    await enter(page, 'the party');
    await send(page, 'I did');
    await ticked(page, 'I did', 'Sent');
    await message(page, 'and answer').hover();
    expect(await faults(page)).toEqual([]);

    const opened = [
      () => page.getByRole('button', { name: 'Details' }).click(),
      () => page.getByRole('button', { name: 'New conversation' }).click(),
      () => page.keyboard.press('Escape').then(() => page.locator('.account').click()),
      () => page.getByRole('button', { name: 'Jump to a month' }).click(),
      () => page.getByRole('button', { name: 'Emoji' }).click(),
    ];
    for (const open of opened) {
      await open();
      await page.getByRole('dialog').waitFor();
      expect(await faults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await context.close();
  });

  test('fits a phone: the list, or a conversation', async () => {
    const { ann, bob, conversation } = await aParty();
    await world.say(bob, conversation, 'hello on the phone');
    const { page, context } = await world.open(ann, phone);
    expect(await page.getByRole('main').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'the party' }).tap();
    await seen(page, 'hello on the phone');
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    await write(page).tap();
    await page.keyboard.type('one line');
    await page.keyboard.press('Enter');
    await page.keyboard.type('another');
    await page.getByRole('button', { name: 'Send' }).tap();
    await seen(page, 'another');
    expect((await texts(page)).at(-1)).toBe('one line\nanother');
    expect(await faults(page)).toEqual([]);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(phone.viewport.width);
    await page.getByRole('link', { name: 'Back to the list' }).tap();
    await page.getByRole('navigation').waitFor();
    await context.close();
  });
});

describe('who does not see the screen', () => {
  test('hears of new messages, each once, but of many how many', async () => {
    const { ann, bob, conversation } = await aParty();
    const { page, context } = await world.open(ann);
    await enter(page, 'the party');
    await page.evaluate(`(() => {
      globalThis.heard = [];
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) heard.push(node.textContent);
      }).observe(document.querySelector('[role=log][aria-live=polite]'), { childList: true });
    })()`);
    await world.say(bob, conversation, 'can you hear me');
    await world.say(bob, conversation, 'and now');
    await seen(page, 'and now');
    await until(page, 'heard.length >= 2');
    expect(await page.evaluate('heard')).toEqual([
      `${bob.user.name}: can you hear me`,
      `${bob.user.name}: and now`,
    ]);
    // Of many that come together it is said how many.
    for (const line of Object.values(world.lines)) line.cut();
    await page.getByRole('status').filter({ hasText: 'No connection.' }).waitFor();
    for (let number = 1; number <= 8; number++) await world.say(bob, conversation, `missed ${number}`);
    for (const line of Object.values(world.lines)) line.mend();
    await page.evaluate("dispatchEvent(new Event('online'))");
    await seen(page, 'missed 8');
    await until(page, 'heard.length >= 3');
    expect(await page.evaluate('heard.slice(2)')).toEqual(['8 new messages in the party']);
    await context.close();
  });
});

describe('hostile text', () => {
  const wide = '\u202e\u2066gnorw\u200b\u200d\ufeff';
  const hostile: [string, string][] = [
    ['markup', '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>'],
    ['an address that runs script', 'javascript:alert(1) data:text/html,<script>1</script>'],
    ['4,000 characters without a space', 'x'.repeat(4_000)],
    ['turned directions', `${wide} and after`],
    ['nothing that can be seen', '\u200b\u200d\u2060\ufeff'],
    ['combining marks in a pile', `Z${'\u0335\u0321\u0334'.repeat(200)}`],
    ['an emoji of many parts', '👩‍👩‍👧‍👦🏳️‍🌈'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that it is not one is the point
    ['a template', '{{constructor.constructor("document.title=3")()}} ${document.title=4} %s %n'],
    ['many lines', Array.from({ length: 400 }, (_, i) => `line ${i}`).join('\n')],
  ];

  test('is shown as it is, does nothing, and breaks nothing', async () => {
    const { ann, bob, conversation } = await aParty();
    const { page, context } = await world.open(ann);
    await enter(page, 'the party');
    const timeline = await page.locator('.timeline').boundingBox();
    for (const [what, text] of hostile) {
      await world.say(bob, conversation, text);
      await world.say(bob, conversation, `after ${what}`);
      await seen(page, `after ${what}`);
      expect((await texts(page)).at(-2)).toBe(text);
      const bubble = await page.locator('.bubble').nth(-2).boundingBox();
      expect((bubble?.x ?? 0) + (bubble?.width ?? 0)).toBeLessThan(
        (timeline?.x ?? 0) + (timeline?.width ?? 0),
      );
    }
    expect(
      await page.evaluate('document.querySelectorAll(".timeline :is(a, img, script, b, iframe)").length'),
    ).toBe(0);
    expect(await page.title()).toBe('Parley');
    await context.close();
  });

  test('makes links of addresses only, and they give nothing away', async () => {
    const { ann, bob, conversation } = await aParty();
    await world.say(
      bob,
      conversation,
      'see (https://example.com/a_(b)?c=d#e). And http://\u202eevil.example/x',
    );
    const { page, context } = await world.open(ann);
    await enter(page, 'the party');
    const links = page.locator('.timeline a');
    await links.first().waitFor();
    expect(await links.count()).toBe(1);
    expect(await links.first().getAttribute('href')).toBe('https://example.com/a_(b)?c=d#e');
    expect(await links.first().getAttribute('rel')).toContain('noopener');
    await context.close();
  });
});
