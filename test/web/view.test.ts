import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { act, enter, row, seen, send, ticked, until } from '../support/page/acts.ts';
import { givePast } from '../support/page/past.ts';
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

describe('what a view cannot show by itself', () => {
  test('a message written while one looks at the past leads to the newest', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const asked = { kind: 'group', title: 'a past', members: [bob.user.id] };
    const conversation = await world.make(ann, asked);
    const [begin, end] = [Date.UTC(2025, 2, 1, 12), Date.UTC(2025, 8, 1, 12)];
    const moments = Array.from({ length: 200 }, (_, i) => Math.floor(begin + ((end - begin) * i) / 200));
    await givePast(conversation, bob.user.id, moments);
    const { context, page } = await world.open(ann);
    await enter(page, 'a past');
    await page.getByRole('article').first().waitFor();
    await page.getByRole('button', { name: 'Jump to a month' }).click();
    const chooser = page.getByRole('dialog', { name: 'Jump to a month' });
    await chooser.getByRole('button', { name: 'Apr 2025' }).click();
    const last = moments.findLastIndex((at) => new Date(at).toISOString().startsWith('2025-04'));
    await seen(page, `text ${last + 1}`);
    await send(page, 'written in the past');
    await seen(page, 'text 200');
    await ticked(page, 'written in the past', 'Sent');
    await context.close();
  });

  test('what could not be loaded is said, and loaded on demand', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    await world.make(ann, { kind: 'direct', with: bob.user.id });
    const { context, page } = await world.open(ann);
    await page.route('**/receipts', (route) => route.fulfill({ status: 403, body: '{}' }));
    await enter(page, bob.user.name);
    const said = page.getByText('Not everything could be loaded.');
    await said.waitFor();
    await page.unroute('**/receipts');
    await page.getByRole('button', { name: 'Try again' }).click();
    await said.waitFor({ state: 'detached' });
    await context.close();
  });

  test('who received a message: everybody else, also who never came, and who joined later', async () => {
    const people = await Promise.all(['ann', 'bob', 'cid'].map((name) => world.person(name)));
    const [ann, bob, cid] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    const conversation = await world.make(ann, { kind: 'group', title: 'a few', members: [bob.user.id] });
    await world.say(ann, conversation, 'early');
    const { context, page } = await world.open(ann);
    await enter(page, 'a few');
    await page.getByRole('button', { name: 'Details' }).first().click();
    await page.getByLabel('Add somebody').fill(cid.user.name);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('listitem').filter({ hasText: cid.user.name }).first().waitFor();
    await page.keyboard.press('Escape');
    await act(page, 'early', 'Who received and read it');
    const dialog = page.getByRole('dialog', { name: 'Message' });
    const one = (name: string) => dialog.getByRole('listitem').filter({ hasText: name });
    await one(bob.user.name).getByText('Not delivered yet').waitFor();
    await one(cid.user.name).getByText('Joined later').waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(2);
    await context.close();
  });

  test('who belongs to a large group: the head says that there are more, the details name everybody', async () => {
    const ann = await world.person('ann');
    const others: Awaited<ReturnType<World['person']>>[] = [];
    for (let i = 0; i < 104; i++) others.push(await world.person('one'));
    const members = others.map(({ user }) => user.id);
    await world.make(ann, { kind: 'group', title: 'a crowd', members });
    const last = others.toSorted((a, b) => (a.user.id < b.user.id ? -1 : 1)).at(-1)?.user.name ?? '';
    const { context, page } = await world.open(ann);
    await enter(page, 'a crowd');
    await until(page, "document.querySelector('.thread-head .hint').textContent.endsWith(' and more')");
    await page.getByRole('button', { name: 'Details' }).last().click();
    const list = page.getByRole('dialog').getByRole('listitem');
    await page.getByRole('button', { name: `Remove ${last}` }).waitFor();
    expect(await list.count()).toBe(105);
    const role = page.getByRole('combobox', { name: `Role of ${last}` });
    await role.selectOption('Admin');
    await until(page, `document.querySelector('[aria-label="Role of ${last}"]').value === 'admin'`);
    await page.getByRole('button', { name: `Remove ${last}` }).click();
    await role.waitFor({ state: 'detached' });
    expect(await list.count()).toBe(104);
    await context.close();
  });

  test('who is online is seen wherever one scrolls in the list', async () => {
    const ann = await world.person('ann');
    const peers: Awaited<ReturnType<World['person']>>[] = [];
    for (let i = 0; i < 25; i++) {
      const peer = await world.person(`peer ${i}`);
      await world.make(ann, { kind: 'direct', with: peer.user.id });
      peers.push(peer);
    }
    const [first] = peers as [(typeof peers)[0]];
    const other = await world.open(first);
    const { context, page } = await world.open(ann);
    const last = row(page, first.user.name);
    await last.waitFor();
    await until(page, "document.querySelectorAll('.sidebar-list .row').length === 25");
    await last.scrollIntoViewIfNeeded();
    await last.locator('.online-dot').waitFor({ state: 'attached' });
    await Promise.all([context.close(), other.context.close()]);
  });
});
