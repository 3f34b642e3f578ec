import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { act, enter, message, seen, send, texts, ticked, until, write } from '../support/page/acts.ts';
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

/** What arrives is pale at first. */
const settled = `Promise.allSettled(
  document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity)
    .map(({ finished }) => finished),
)`;

/** What axe calls serious or critical, with the elements: of all that is shown, or of a part. */
const faults = async (page: Page, within = 'html'): Promise<string[]> => {
  if (!(await page.evaluate('Boolean(globalThis.axe)'))) await page.evaluate(axe.source);
  await page.evaluate(settled);
  const options = '{ resultTypes: ["violations"] }';
  const { violations } = await page.evaluate<Found>(`axe.run(${JSON.stringify(within)}, ${options})`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
};

/** In both themes. What lies over the page is looked at alone: the rest has been before. */
const isSound = async (page: Page, within?: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect([colorScheme, await faults(page, within)]).toEqual([colorScheme, []]);
  }
};

const over = 'dialog[open], :popover-open';

/** Opens a dialog, or one upon another, looks at it, and closes it. */
const isSoundOver = async (page: Page, open: () => Promise<unknown>): Promise<void> => {
  await open();
  const dialogs = page.locator(over);
  await dialogs.first().waitFor();
  await isSound(page, over);
  for (let left = await dialogs.count(); left > 0; left--) {
    await page.keyboard.press('Escape');
    await dialogs.nth(left - 1).waitFor({ state: 'detached' });
  }
};

/** To a month in which there was nothing: that is said in a pill. */
const jumpBack = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Jump to a month' }).click();
  const chooser = page.getByRole('dialog', { name: 'Jump to a month' });
  await chooser.getByRole('button', { name: 'The year before' }).click();
  await chooser.getByRole('button', { name: /^Jan / }).click();
};

/** What lies beside its frame, to the left or to the right. */
const spilled = (page: Page, what: string, frame = 'html') =>
  page.evaluate(`(() => {
    const { left, right } = document.querySelector(${JSON.stringify(frame)}).getBoundingClientRect();
    const isBeside = (box) => box.left < left || box.right > right;
    const all = [...document.querySelectorAll(${JSON.stringify(what)})];
    return all.filter((one) => isBeside(one.getBoundingClientRect())).map((one) => one.outerHTML);
  })()`);

const aParty = async () => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const conversation = await world.make(ann, { kind: 'group', title: 'the party', members: [bob.user.id] });
  return { ann, bob, conversation };
};

describe('every screen', () => {
  test('has nothing that axe finds serious: the door, the list, a conversation, and what they open', async () => {
    const door = await world.browser.newPage();
    await door.goto(world.url);
    await door.getByRole('button', { name: world.demo }).waitFor();
    await isSound(door);
    await door.getByRole('button', { name: 'Create an account' }).click();
    await isSound(door);
    await door.close();

    const { ann, bob, conversation } = await aParty();
    const { page, context } = await world.open(ann);
    await page.getByRole('link', { name: 'the party' }).waitFor();
    await isSound(page);

    const seq = await world.say(bob, conversation, 'look at https://example.com/a?b=c');
    await world.say(bob, conversation, 'and answer', { replyTo: seq });
    await enter(page, 'the party');
    await send(page, 'I did');
    await ticked(page, 'I did', 'Sent');
    await message(page, 'and answer').hover();
    await isSound(page);

    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const press = async (...names: string[]) => {
      for (const name of names) await button(name).first().click();
    };
    const account = `${ann.user.name} , account`;
    const opened = [
      () => press('Details'),
      () => press('Details', 'Leave'),
      () => press('New conversation'),
      async () => {
        await press('New conversation', 'Group');
        await page.getByLabel('Members').fill(bob.user.name);
        await press('Add');
        await button(`${bob.user.name} , remove`).waitFor();
      },
      () => press('New conversation', 'Room'),
      () => press(account),
      async () => {
        await press(account, 'Devices');
        await page.getByText('This one').waitFor();
      },
      () => press(account, 'Keyboard'),
      () => press('Jump to a month'),
      () => press('Emoji'),
      () => act(page, 'I did', 'React'),
      async () => {
        await act(page, 'I did', 'Who received and read it');
        await page.getByText('Not delivered yet').waitFor();
      },
      () => act(page, 'I did', 'Delete'),
    ];
    for (const open of opened) await isSoundOver(page, open);
    await press(account, 'Another account');
    await button(`Go on as ${ann.user.name}`).waitFor();
    await isSound(page);
    await context.close();
  });

  test('has nothing that axe finds serious: a person, what went wrong, a search, and who does not belong', async () => {
    const { ann, bob, conversation } = await aParty();
    const direct = await world.make(ann, { kind: 'direct', with: bob.user.id });
    const { page, context } = await world.open(ann);
    await world.say(bob, direct, 'hello there');
    await enter(page, bob.user.name);
    await seen(page, 'hello there');
    await isSoundOver(page, async () => {
      await page.getByRole('button', { name: 'Details' }).click();
      await page.locator('.dialog .danger:enabled').waitFor();
    });

    await world.gateway.http('PUT', `/v1/blocks/${ann.user.id}`, { token: bob.token });
    await send(page, 'are you angry');
    await message(page, 'are you angry').getByText('Not sent.').waitFor();
    await act(page, 'hello there', 'React');
    await page.getByRole('dialog').getByRole('button', { name: '👍' }).click();
    await message(page, 'hello there').getByText('Not changed.').waitFor();
    await page.evaluate(`(() => {
      globalThis.Notification = class { static permission = 'default' };
      Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange'));
    })()`);
    await world.say(bob, conversation, 'nobody looks');
    await page.getByRole('complementary', { name: 'Notifications' }).waitFor();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('hello');
    await page.getByText('1 of 1').waitFor();
    await jumpBack(page);
    await page.getByText('Nothing was said in January').waitFor();
    for (const line of Object.values(world.lines)) line.cut();
    await page.getByRole('status').filter({ hasText: 'No connection.' }).waitFor();
    await isSound(page);
    for (const line of Object.values(world.lines)) line.mend();

    await page.goto(`${world.url}/#/g:${'x'.repeat(22)}`);
    await page.getByRole('heading', { name: 'You are not a member here' }).waitFor();
    await isSound(page);

    await world.restart({ PARLEY_TOKEN_KEY: JSON.stringify({ seed: 'another key'.padEnd(32, '.') }) });
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    await isSoundOver(page, async () => {});
    await page.getByText('Your session has ended.').waitFor();
    await isSound(page);
    await context.close();
    await world.restart();
  });

  test('fits a phone: the list, or a conversation', async () => {
    const { ann, bob, conversation } = await aParty();
    await world.say(bob, conversation, 'hello on the phone');
    const { page, context } = await world.open(ann, phone);
    expect(await page.getByRole('main').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'the party' }).waitFor();
    await isSound(page);
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
    await isSound(page);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(phone.viewport.width);
    await page.getByRole('link', { name: 'Back to the list' }).tap();
    await page.getByRole('navigation').waitFor();
    await context.close();
  });

  test('keeps within a narrow phone what lies over it: pills and the picker', async () => {
    const { ann, bob, conversation } = await aParty();
    await world.say(bob, conversation, 'hello on the phone');
    const { page, context } = await world.open(ann, { ...phone, viewport: { width: 360, height: 720 } });
    await page.getByRole('link', { name: 'the party' }).tap();
    await message(page, 'hello on the phone').tap();
    await message(page, 'hello on the phone').getByRole('button', { name: 'React' }).tap();
    await page.getByRole('dialog', { name: 'React' }).waitFor();
    expect(await spilled(page, '.dialog, .dialog *')).toEqual([]);
    expect(await spilled(page, '.emoji-picker button', '.emoji-picker')).toEqual([]);
    await page.keyboard.press('Escape');

    const [banner, pill] = [page.locator('.chat > .pill'), page.locator('.thread > .pill')];
    await jumpBack(page);
    await pill.waitFor();
    for (const line of Object.values(world.lines)) line.cut();
    await banner.filter({ hasText: 'No connection.' }).waitFor();
    expect(await spilled(page, '.pill, .pill *')).toEqual([]);
    const [above, below] = [await banner.boundingBox(), await pill.boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
    for (const line of Object.values(world.lines)) line.mend();
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
