import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { row, seen, until } from '../support/page/acts.ts';
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

const menu = async (page: Page, name: string) => {
  await page.locator('.account').click();
  await page.getByRole('dialog', { name: 'Account' }).getByRole('button', { name }).click();
};

describe('devices', () => {
  test('are listed, and one is signed out from another', async () => {
    const ann = await world.person('ann');
    const again = await world.person(ann.user.name, 'named');
    const [one, other] = [await world.open(ann), await world.open(again)];
    for (const { page } of [one, other]) await page.locator('.account .online-dot').waitFor();
    await menu(one.page, 'Devices');
    const dialog = one.page.getByRole('dialog', { name: 'Devices' });
    const [here, there] = ['This one', 'Connected now'].map((text) =>
      dialog.getByRole('listitem').filter({ hasText: text }),
    ) as [ReturnType<typeof dialog.locator>, ReturnType<typeof dialog.locator>];
    await there.waitFor();
    expect(await here.getByRole('button').count()).toBe(0);
    await there.getByRole('button', { name: 'Sign out' }).click();
    await there.waitFor({ state: 'detached' });
    expect(await dialog.getByRole('listitem').count()).toBe(1);
    await other.page.getByText('You were signed out of this device.').waitFor();
    expect(await other.page.getByText(ann.user.name).count()).toBe(0);
    await one.page.reload();
    await one.page.getByText('No conversations yet.').waitFor();
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('are forgotten by who signs out: the door is shown, and the token is void', async () => {
    const ann = await world.person('ann');
    const { page, context } = await world.open(ann);
    await page.getByText('No conversations yet.').waitFor();
    const revoked = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await menu(page, 'Sign out');
    await page.getByRole('button', { name: 'Create an account' }).waitFor();
    await revoked;
    expect(await page.getByText(ann.user.name).count()).toBe(0);
    expect((await world.gateway.http('GET', '/v1/me', { token: ann.token })).status).toBe(401);
    await context.close();
  });
});

describe('the door', () => {
  test('lets in as somebody from the demo with one click, and its password stands there later', async () => {
    await world.person(world.demo, 'named');
    const context = await world.browser.newContext();
    const page = await context.newPage();
    await page.goto(world.url);
    await page.getByRole('button', { name: world.demo }).click();
    await page.locator('.account .online-dot').waitFor();
    await world.restart({ PARLEY_TOKEN_KEY: JSON.stringify({ seed: 'another key'.padEnd(32, '.') }) });
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.account .online-dot').waitFor();
    await context.close();
    await world.restart();
  });

  test('keeps several accounts, and a tab changes between them', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    await world.make(ann, { kind: 'group', title: "ann's own", members: [] });
    const { page, context } = await world.open(ann);
    await row(page, "ann's own").waitFor();
    await menu(page, 'Another account');
    await page.getByRole('button', { name: `Go on as ${ann.user.name}` }).waitFor();
    await page.getByLabel('Name').fill(bob.user.name);
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No conversations yet.').waitFor();
    await menu(page, `Change to ${ann.user.name}`);
    await row(page, "ann's own").waitFor();
    const other = await context.newPage();
    await other.goto(world.url);
    await row(other, "ann's own").waitFor();
    await menu(other, 'Another account');
    await other.getByRole('button', { name: `Go on as ${bob.user.name}` }).click();
    await other.getByText('No conversations yet.').waitFor();
    expect(await row(page, "ann's own").count()).toBe(1);
    await context.close();
  });
});

describe('a session that has ended', () => {
  test('does not keep anybody: who signed in again signs out of that, and who did not just goes', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const [one, other] = [await world.open(ann), await world.open(bob)];
    await one.page.locator('.account .online-dot').waitFor();
    await world.restart({ PARLEY_TOKEN_KEY: JSON.stringify({ seed: 'another key'.padEnd(32, '.') }) });
    const dialog = ({ page }: typeof one) => page.getByRole('dialog', { name: 'Sign in again' });
    const gone = ({ page }: typeof one) => page.getByRole('button', { name: 'Create an account' }).waitFor();

    await dialog(one).getByLabel('Password').fill('correct horse');
    await dialog(one).getByRole('button', { name: 'Sign in' }).click();
    await one.page.locator('.account .online-dot').waitFor();
    const token = await one.page.evaluate<string>(
      `JSON.parse(localStorage.getItem('parley.accounts'))['${ann.user.id}'].token`,
    );
    expect((await world.gateway.http('GET', '/v1/me', { token })).status).toBe(200);
    await menu(one.page, 'Sign out');
    await gone(one);
    expect((await world.gateway.http('GET', '/v1/me', { token })).status).toBe(401);
    expect(await one.page.getByText('You were signed out of this device.').count()).toBe(0);

    await dialog(other).waitFor();
    await other.page.keyboard.press('Escape');
    await menu(other.page, 'Sign out');
    await gone(other);
    await Promise.all([one.context.close(), other.context.close()]);
    await world.restart();
  });
});

describe('the theme', () => {
  const ground = 'getComputedStyle(document.body).backgroundColor';
  const [light, dark] = ['rgb(247, 245, 241)', 'rgb(22, 24, 26)'];

  test("is the system's until another is chosen, and that outlives a reload", async () => {
    const { page, context } = await world.open(await world.person('ann'), { colorScheme: 'light' });
    const grounds = async () => {
      const found: unknown[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        found.push(await page.evaluate(ground));
      }
      return found;
    };
    const choose = async (name: string) => {
      await menu(page, name);
      await page.keyboard.press('Escape');
    };
    expect(await grounds()).toEqual([light, dark]);
    await choose('Dark');
    expect(await grounds()).toEqual([dark, dark]);
    await page.reload();
    expect(await grounds()).toEqual([dark, dark]);
    await choose('Light');
    expect(await grounds()).toEqual([light, light]);
    await choose('System');
    expect(await grounds()).toEqual([light, dark]);
    await context.close();
  });
});

describe('notifications', () => {
  /** The border of the browser: whether the tab is looked at, and what the system shows. */
  const border = `(() => {
    globalThis.isHidden = false;
    globalThis.shown = [];
    Object.defineProperty(document, 'hidden', { get: () => isHidden });
    globalThis.look = (is) => {
      isHidden = !is;
      document.dispatchEvent(new Event('visibilitychange'));
    };
    globalThis.Notification = class {
      static permission = 'default';
      static requestPermission = async () => (Notification.permission = 'granted');
      constructor(title, { body, tag } = {}) {
        Object.assign(this, { title, body, tag, isThere: true });
        if (Notification.permission === 'granted') shown.push(this);
      }
      close() {
        this.isThere = false;
      }
    };
  })()`;

  const open = async (session: Parameters<World['open']>[0]) => {
    const { page, context } = await world.open(session);
    await context.addInitScript(border);
    await page.reload();
    await page.getByRole('navigation').getByRole('link').first().waitFor();
    return { page, context };
  };
  const shown = (page: Page) =>
    page.evaluate<[string, string][]>(
      'shown.filter(({ isThere }) => isThere).map(({ title, body }) => [title, body])',
    );
  const asked = (page: Page) => page.getByRole('complementary', { name: 'Notifications' });

  const aPair = async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const direct = await world.make(ann, { kind: 'direct', with: bob.user.id });
    const group = await world.make(ann, { kind: 'group', title: 'all of us', members: [bob.user.id] });
    return { ann, bob, direct, group };
  };

  test('are asked for once somebody missed a message, and not again where they are declined', async () => {
    const { ann, bob, direct } = await aPair();
    const { page, context } = await open(ann);
    await world.say(bob, direct, 'seen as it comes');
    await row(page, bob.user.name).getByText('seen as it comes').waitFor();
    expect(await asked(page).count()).toBe(0);
    await page.evaluate('look(false)');
    await world.say(bob, direct, 'missed');
    await asked(page).getByRole('button', { name: 'Not now' }).click();
    await asked(page).waitFor({ state: 'detached' });
    await world.say(bob, direct, 'missed too');
    await row(page, bob.user.name).getByText('missed too').waitFor();
    expect(await asked(page).count()).toBe(0);
    expect(await shown(page)).toEqual([]);
    // Whoever leaves takes his number along.
    await until(
      page,
      "document.title === '(3) Parley' && document.querySelector('[rel=icon]').href.startsWith('data:')",
    );
    await menu(page, 'Sign out');
    await until(
      page,
      "document.title === 'Parley' && document.querySelector('[rel=icon]').href.endsWith('/icon.svg')",
    );
    await context.close();
  });

  test('are not asked for where a page cannot show them', async () => {
    const { ann, bob, direct } = await aPair();
    const { page, context } = await open(ann);
    await page.evaluate(`globalThis.Notification = class {
      static permission = 'default';
      constructor() {
        globalThis.isTried = true;
        throw new TypeError('Illegal constructor');
      }
    }`);
    await page.evaluate('look(false)');
    await world.say(bob, direct, 'missed');
    await until(page, 'globalThis.isTried');
    expect(await asked(page).count()).toBe(0);
    await context.close();
  });

  test('tell of the newest in each conversation while nobody looks, and lead there', async () => {
    const { ann, bob, direct, group } = await aPair();
    const { page, context } = await open(ann);
    await page.evaluate('look(false)');
    await world.say(bob, direct, 'missed');
    await asked(page).getByRole('button', { name: 'Turn on' }).click();
    for (const line of Object.values(world.lines)) line.cut();
    await page.getByRole('status').filter({ hasText: 'No connection.' }).waitFor();
    for (let number = 1; number <= 8; number++) await world.say(bob, direct, `number ${number}`);
    await world.say(bob, direct, 'hello <b>ann</b>');
    await world.say(ann, group, 'her own, from elsewhere');
    await world.say(bob, group, 'hello all');
    for (const line of Object.values(world.lines)) line.mend();
    await page.evaluate("dispatchEvent(new Event('online'))");
    await until(page, 'shown.length === 2');
    expect((await shown(page)).toSorted()).toEqual([
      [`${bob.user.name} in all of us`, 'hello all'],
      [bob.user.name, 'hello <b>ann</b>'],
    ]);
    await page.evaluate("shown.find(({ body }) => body === 'hello all').onclick()");
    await page.getByRole('main').getByRole('heading', { name: 'all of us' }).waitFor();
    await seen(page, 'hello all');
    expect(await shown(page)).toEqual([[bob.user.name, 'hello <b>ann</b>']]);

    await page.evaluate('look(true)');
    expect(await shown(page)).toEqual([]);
    await world.say(bob, direct, 'while ann looks');
    await row(page, bob.user.name).getByText('while ann looks').waitFor();
    expect(await shown(page)).toEqual([]);
    await context.close();
  });

  test('are not for who looks at another tab', async () => {
    const { ann, bob, direct } = await aPair();
    const { page: one, context } = await open(ann);
    await one.evaluate('Notification.requestPermission()');
    const other = await context.newPage();
    await other.goto(world.url);
    await row(other, bob.user.name).waitFor();
    await one.evaluate('look(false)');
    await world.say(bob, direct, 'read over there');
    await row(one, bob.user.name).getByText('read over there').waitFor();
    await other.evaluate('look(false)');
    await world.say(bob, direct, 'nobody looks');
    await until(one, 'shown.length > 0');
    expect(await shown(one)).toEqual([[bob.user.name, 'nobody looks']]);
    await context.close();
  });
});
