import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { realClock } from '../support/clock.ts';
import {
  act,
  enter,
  message,
  row,
  scrollTo,
  seen,
  send,
  texts,
  ticked,
  until,
  write,
} from '../support/page/acts.ts';
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

/** In the page: whether one sees where unread begins. */
const isLineInSight = `(() => {
  const line = document.querySelector('.unread-line')?.getBoundingClientRect();
  const frame = document.querySelector('.timeline').getBoundingClientRect();
  return line !== undefined && line.top >= frame.top && line.bottom <= frame.bottom;
})()`;

const aPair = async () => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const conversation = await world.make(ann, { kind: 'direct', with: bob.user.id });
  return { ann, bob, conversation };
};

describe('two people', () => {
  test('register, find each other and chat, in three tabs', async () => {
    const bob = await world.person('bob');
    const context = await world.browser.newContext();
    const first = await context.newPage();
    await first.goto(world.url);
    await first.getByRole('button', { name: 'Create an account' }).click();
    const name = bob.user.name.replace('bob', 'ann');
    await first.getByLabel('Name').fill(name);
    await first.getByLabel('Password').fill('correct horse');
    await first.getByRole('button', { name: 'Create account' }).click();
    await first.getByRole('button', { name: 'Start one' }).click();
    await first.getByLabel('Their name').fill(bob.user.name);
    await first.getByRole('button', { name: 'Open', exact: true }).click();
    await send(first, 'hello bob\nit is me');

    const second = await context.newPage();
    await second.goto(world.url);
    await enter(second, bob.user.name);
    await seen(second, 'it is me');

    const { page: third, context: other } = await world.open(bob);
    await enter(third, name);
    await seen(third, 'hello bob');
    await send(third, 'hello ann');
    for (const page of [first, second]) await seen(page, 'hello ann');
    await send(second, 'from the other tab');
    for (const page of [first, third]) await seen(page, 'from the other tab');
    const said = ['hello bob\nit is me', 'hello ann', 'from the other tab'];
    for (const page of [first, second, third]) expect(await texts(page)).toEqual(said);
    await context.close();
    await other.close();
  });

  test('see ticks: sent, delivered, read, and who and when', async () => {
    const { ann, bob, conversation } = await aPair();
    await world.say(bob, conversation, 'good morning');
    const one = await world.open(ann);
    await enter(one.page, bob.user.name);
    await send(one.page, 'are you there');
    await ticked(one.page, 'are you there', 'Sent');
    const other = await world.open(bob);
    await ticked(one.page, 'are you there', 'Delivered');
    await enter(other.page, ann.user.name);
    await ticked(one.page, 'are you there', 'Read');
    await act(one.page, 'are you there', 'Who received and read it');
    const dialog = one.page.getByRole('dialog', { name: 'Message' });
    await dialog.getByText(bob.user.name).waitFor();
    await dialog.getByText(/^Read .*\d:\d\d/).waitFor();
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('see each other online, typing, and last seen', async () => {
    const { ann, bob, conversation } = await aPair();
    const one = await world.open(ann);
    await enter(one.page, bob.user.name);
    const other = await world.open(bob);
    await one.page.getByRole('main').getByText('online', { exact: true }).waitFor();
    await enter(other.page, ann.user.name);
    // The server knows whom to tell once it has written to the conversation.
    await world.say(bob, conversation, 'first');
    await seen(one.page, 'first');
    await write(other.page).pressSequentially('a letter');
    await one.page.locator('.typing-line').getByText('is typing').waitFor();
    await row(one.page, bob.user.name).getByText('typing…').waitFor();
    await write(other.page).fill('');
    await one.page.locator('.typing-line').getByText('is typing').waitFor({ state: 'hidden' });
    await other.context.close();
    const offline = one.page.getByRole('main').getByText(/last seen/);
    // As the schedule does: never two at once.
    while (!(await offline.isVisible())) {
      await world.gateway.sweep();
      await realClock.pause(1_000);
    }
    await one.context.close();
  }, 90_000);

  test('end what is said between them by a block, and let it begin again', async () => {
    const { ann, bob, conversation } = await aPair();
    const { page, context } = await world.open(ann);
    await enter(page, bob.user.name);
    await page.getByRole('button', { name: 'Details' }).click();
    const dialog = page.getByRole('dialog', { name: bob.user.name });
    await dialog.getByRole('button', { name: 'Block' }).click();
    await dialog.getByText('You have blocked this person').waitFor();
    await expect(world.say(bob, conversation, 'are you angry')).rejects.toThrow('blocked');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Details' }).click();
    await dialog.getByRole('button', { name: 'Unblock' }).click();
    await dialog.getByRole('button', { name: 'Block', exact: true }).waitFor();
    await world.say(bob, conversation, 'good');
    await seen(page, 'good');
    await context.close();
  });
});

describe('messages', () => {
  test('are edited, deleted, answered and reacted to', async () => {
    const { ann, bob } = await aPair();
    const [one, other] = [await world.open(ann), await world.open(bob)];
    await enter(one.page, bob.user.name);
    await enter(other.page, ann.user.name);

    await send(one.page, 'helo');
    await seen(other.page, 'helo');
    await write(one.page).press('ArrowUp');
    await write(one.page).fill('hello');
    await write(one.page).press('Enter');
    await message(other.page, 'hello').getByText('edited').waitFor();

    await act(other.page, 'hello', 'Reply');
    await send(other.page, 'an answer');
    await message(one.page, 'an answer').getByText('hello').waitFor();

    await act(one.page, 'an answer', 'React');
    await one.page.getByRole('dialog', { name: 'React' }).getByRole('button', { name: '👍' }).click();
    await message(other.page, 'an answer').getByRole('button', { name: '👍' }).click();
    await message(one.page, 'an answer').getByTitle(`you and ${bob.user.name}`).waitFor();
    await message(other.page, 'an answer').getByTitle(`${ann.user.name} and you`).click();
    await message(other.page, 'an answer').getByTitle(ann.user.name, { exact: true }).waitFor();
    await message(one.page, 'an answer').getByRole('button', { name: '👍' }).click();
    await message(other.page, 'an answer').getByRole('button', { name: '👍' }).waitFor({ state: 'detached' });

    await act(other.page, 'an answer', 'Delete');
    await other.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await seen(one.page, 'Message deleted');
    expect(await one.page.getByText('an answer').count()).toBe(0);
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('are edited also while they wait, and it is the last one that Arrow up edits', async () => {
    const { ann, bob } = await aPair();
    const [one, other] = [await world.open(ann), await world.open(bob)];
    await enter(one.page, bob.user.name);
    await enter(other.page, ann.user.name);
    await send(one.page, 'before');
    await seen(other.page, 'before');
    for (const line of Object.values(world.lines)) line.cut();
    await one.page.getByRole('status').filter({ hasText: 'No connection.' }).waitFor();
    await send(one.page, 'helo');
    await ticked(one.page, 'helo', 'Not sent yet');
    await write(one.page).press('ArrowUp');
    expect(await write(one.page).inputValue()).toBe('helo');
    await write(one.page).fill('hello');
    await write(one.page).press('Enter');
    await ticked(one.page, 'hello', 'Not sent yet');
    for (const line of Object.values(world.lines)) line.mend();
    await ticked(one.page, 'hello', 'Read');
    for (const { page } of [one, other]) expect(await texts(page)).toEqual(['before', 'hello']);
    expect(await message(other.page, 'hello').getByText('edited').count()).toBe(0);
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('of one who is away are counted, in the list, the title and on the icon, and begin at a line', async () => {
    const { ann, bob, conversation } = await aPair();
    const one = await world.open(ann);
    for (const number of [1, 2, 3]) await world.say(bob, conversation, `number ${number}`);
    await row(one.page, bob.user.name).getByText('3 unread').waitFor();
    await until(one.page, "document.title === '(3) Parley'");
    await until(one.page, "document.querySelector('link[rel=icon]').href.startsWith('data:')");
    await enter(one.page, bob.user.name);
    await one.page.getByText('New messages').waitFor();
    await until(one.page, "document.title === 'Parley'");
    const lines = await one.page.locator('.timeline li').allTextContents();
    const at = lines.indexOf('New messages');
    expect(lines[at + 1]).toMatch(/^number 1/);
    await one.context.close();
  });

  test('begin at a line also where it was open before, and nothing below is read', async () => {
    const { ann, bob, conversation } = await aPair();
    await world.make(ann, { kind: 'group', title: 'elsewhere', members: [bob.user.id] });
    await world.say(ann, conversation, 'number 0');
    const { page, context } = await world.open(ann);
    await enter(page, bob.user.name);
    await seen(page, 'number 0');
    await enter(page, 'elsewhere');
    await world.say(bob, conversation, 'a first one');
    await row(page, bob.user.name).getByText('1 unread').waitFor();
    await enter(page, bob.user.name);
    await until(page, isLineInSight);
    // All of it is in sight.
    await until(page, "document.title === 'Parley'");
    await enter(page, 'elsewhere');
    for (let number = 1; number <= 40; number++) await world.say(bob, conversation, `number ${number}`);
    await row(page, bob.user.name).getByText('40 unread').waitFor();
    await enter(page, bob.user.name);
    await until(page, isLineInSight);
    await until(page, '/^\\([123]\\d\\) Parley$/.test(document.title)');
    expect(await page.evaluate(isLineInSight)).toBe(true);
    await context.close();
  });

  test('begin at a line where nobody looked as they came, and what was being written stays', async () => {
    const { ann, bob, conversation } = await aPair();
    await world.say(bob, conversation, 'number 0');
    const { page, context } = await world.open(ann);
    await enter(page, bob.user.name);
    await act(page, 'number 0', 'Reply');
    await write(page).fill('not yet finished');
    await until(page, "document.title === 'Parley'");
    await page.evaluate('document.hasFocus = () => false');
    for (let number = 1; number <= 40; number++) await world.say(bob, conversation, `number ${number}`);
    // At first it all fitted, and nothing was scrolled: one is at the end all the same, and stays there.
    await seen(page, 'number 40');
    await until(page, "document.title === '(40) Parley'");
    expect(await page.evaluate(isLineInSight)).toBe(false);
    await page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))");
    await until(page, isLineInSight);
    await until(page, '/^\\([123]\\d\\) Parley$/.test(document.title)');
    expect(await page.evaluate(isLineInSight)).toBe(true);
    await page.keyboard.type(', but soon');
    expect(await write(page).inputValue()).toBe('not yet finished, but soon');
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await context.close();
  });

  test('are read once they are scrolled to, also where no event tells of the end of a scroll', async () => {
    const { ann, bob, conversation } = await aPair();
    for (let number = 1; number <= 40; number++) await world.say(bob, conversation, `number ${number}`);
    const { page, context } = await world.open(ann);
    await page.evaluate("addEventListener('scrollend', (event) => event.stopImmediatePropagation(), true)");
    await enter(page, bob.user.name);
    await page.getByText('New messages').waitFor();
    // The first of them are read, and it stands there.
    await until(page, '/^\\([12]\\d\\) Parley$/.test(document.title)');
    await scrollTo(page, 1_000_000);
    await seen(page, 'number 40');
    await until(page, "document.title === 'Parley'");
    await context.close();
  });

  test('that are begun are kept by conversation', async () => {
    const [ann, bob, cid] = [await world.person('ann'), await world.person('bob'), await world.person('cid')];
    for (const { user } of [bob, cid]) await world.make(ann, { kind: 'direct', with: user.id });
    const { page, context } = await world.open(ann);
    await enter(page, bob.user.name);
    await write(page).fill('not yet finished');
    await enter(page, cid.user.name);
    expect(await write(page).inputValue()).toBe('');
    await row(page, bob.user.name).getByText('not yet finished').waitFor();
    await page.reload();
    const draft = page.getByText('Draft:');
    await draft.waitFor();
    await enter(page, bob.user.name);
    expect(await write(page).inputValue()).toBe('not yet finished');
    expect(await draft.count()).toBe(0);
    await send(page, 'finished');
    await row(page, bob.user.name).getByText('finished', { exact: true }).waitFor();
    await write(page).fill('for another tab to see');
    const other = await context.newPage();
    await other.goto(world.url);
    await row(other, bob.user.name).getByText('for another tab to see').waitFor();
    await send(page, 'sent');
    await row(other, bob.user.name).getByText('sent', { exact: true }).waitFor();
    await enter(page, cid.user.name);
    await row(page, bob.user.name).getByText('sent', { exact: true }).waitFor();
    for (const tab of [page, other]) expect(await tab.getByText('Draft:').count()).toBe(0);
    await context.close();
  });
});

describe('a group', () => {
  test('is made, renamed and joined, and somebody leaves', async () => {
    const [ann, bob, cid] = [await world.person('ann'), await world.person('bob'), await world.person('cid')];
    const pages = await Promise.all([ann, bob, cid].map((session) => world.open(session)));
    const [one, two, three] = pages.map(({ page }) => page) as [
      (typeof pages)[0]['page'],
      (typeof pages)[0]['page'],
      (typeof pages)[0]['page'],
    ];
    await one.getByRole('button', { name: 'New conversation' }).click();
    const dialog = one.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Group' }).click();
    await dialog.getByLabel('Title').fill('three of us');
    await dialog.getByLabel('Members').first().fill(bob.user.name);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByRole('button', { name: bob.user.name }).waitFor();
    await dialog.getByRole('button', { name: 'Create group' }).click();
    await enter(two, 'three of us');
    await send(two, 'hello group');
    await seen(one, 'hello group');

    await one.getByRole('button', { name: 'Details' }).click();
    await one.getByLabel('Add somebody').fill(cid.user.name);
    await one.getByRole('button', { name: 'Add', exact: true }).click();
    await enter(three, 'three of us');
    await seen(three, 'hello group');
    await one.getByLabel('Title').fill('all of us');
    await one.getByRole('button', { name: 'Rename' }).click();
    await two.getByRole('main').getByRole('heading', { name: 'all of us' }).waitFor();

    await two.getByRole('button', { name: 'Details' }).click();
    await two.getByRole('button', { name: 'Leave' }).click();
    const question = two.getByRole('dialog', { name: 'Leave this group?' });
    await question.getByRole('button', { name: 'Stay' }).click();
    await question.waitFor({ state: 'detached' });
    await two.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await two.getByText('No conversations yet.').waitFor();
    await three.getByText(`${bob.user.name} left`).waitFor();
    await Promise.all(pages.map(({ context }) => context.close()));
  });

  test('is made by Enter, with who was named and not added', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const { page, context } = await world.open(ann);
    await page.getByRole('button', { name: 'New conversation' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Group' }).click();
    await dialog.getByLabel('Members').fill('nobody at all');
    await dialog.getByLabel('Title').fill('both of us');
    await dialog.getByLabel('Title').press('Enter');
    await dialog.getByText('Nobody has that name.').waitFor();
    await dialog.getByLabel('Members').fill(bob.user.name);
    await dialog.getByLabel('Title').press('Enter');
    await page.getByRole('main').getByRole('heading', { name: 'both of us' }).waitFor();
    await page
      .getByRole('main')
      .getByText(`You, ${bob.user.name}`)
      .or(page.getByText(`${bob.user.name}, You`))
      .waitFor();
    await context.close();
  });

  test('that is a room is made in the page, and its details have the link that invites', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const one = await world.open(ann, { permissions: ['clipboard-read', 'clipboard-write'] });
    await one.page.getByRole('button', { name: 'New conversation' }).click();
    const dialog = one.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Room' }).click();
    await dialog.getByLabel('Title').fill('made here');
    await dialog.getByRole('button', { name: 'Create room' }).click();
    await one.page.getByRole('main').getByRole('heading', { name: 'made here' }).waitFor();
    await one.page.getByRole('button', { name: 'Details' }).click();
    const link = await dialog.getByLabel('Link').inputValue();
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await one.page.evaluate('navigator.clipboard.readText()')).toBe(link);
    const other = await world.open(bob);
    await other.page.goto(link);
    await other.page.getByRole('button', { name: 'Join' }).click();
    await one.page.getByRole('main').getByText(`${bob.user.name} joined`).waitFor();
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('that is a room is joined by its link', async () => {
    const [ann, bob] = [await world.person('ann'), await world.person('bob')];
    const room = await world.make(ann, { kind: 'room', title: 'open to all' });
    await world.say(ann, room, 'come in');
    const { page, context } = await world.open(bob);
    await page.goto(`${world.url}/#/${room}`);
    await page.getByRole('button', { name: 'Join' }).click();
    await seen(page, 'come in');
    await context.close();
  });
});
