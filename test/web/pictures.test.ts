import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { act, enter, message, seen, send, ticked, write } from '../support/page/acts.ts';
import { startWorld, type World } from '../support/page/world.ts';

jest.setTimeout(90_000);

/** Where they go: `TEST_PICTURES=docs/images` puts them where README shows them. */
const directory = process.env.TEST_PICTURES ?? join(process.env.TEST_DIRECTORY ?? '', 'pictures');

let world: World;
beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  expect(world.complaints).toEqual([]);
});

test('pictures of the page, as README shows it', async () => {
  const [ann, bob, cid] = [
    await world.person('Ann Keller', 'named'),
    await world.person('Bob Marchetti', 'named'),
    await world.person('Cid Okafor', 'named'),
  ];
  const title = 'Launch crew';
  const group = await world.make(ann, { kind: 'group', title, members: [bob.user.id, cid.user.id] });
  await world.make(ann, { kind: 'room', title: 'Coffee corner' });
  for (const other of [bob, cid]) {
    const direct = await world.make(ann, { kind: 'direct', with: other.user.id });
    await world.say(other, direct, other === bob ? 'See you at eight?' : 'Thanks, that helped a lot.');
  }
  await world.say(
    cid,
    group,
    'Shall we move the call to Thursday?\nI would like to have the load test in hand.',
  );
  const plan = await world.say(bob, group, 'The draft of the plan: https://example.com/launch');

  const one = await world.open(ann, { viewport: { width: 1000, height: 640 } });
  const other = await world.open(bob);
  await enter(other.page, title);
  await enter(one.page, title);
  await act(one.page, 'The draft of the plan', 'Reply');
  await send(one.page, 'Read it. Two remarks, otherwise good to go.');
  await act(other.page, 'Two remarks', 'React');
  await other.page.getByRole('dialog', { name: 'React' }).getByRole('button', { name: '❤️' }).click();
  await send(other.page, 'Load test is through: 12,000 connections for an hour, nothing lost.');
  await seen(one.page, 'Load test is through');
  await send(one.page, 'Wonderful. I tell everybody.');
  await ticked(one.page, 'I tell everybody', 'Sent');
  expect(plan).toBeGreaterThan(1);
  await message(one.page, 'Two remarks').getByRole('button', { name: '❤️' }).waitFor();
  const third = await world.open(cid);
  await enter(third.page, title);
  await write(third.page).pressSequentially('One more');
  await one.page.locator('.typing-line').getByText('is typing').waitFor();

  const shoot = (page: typeof one.page, name: string) =>
    page.screenshot({ path: join(directory, `${name}.png`) });
  await shoot(one.page, 'page-light');
  await one.page.emulateMedia({ colorScheme: 'dark' });
  await shoot(one.page, 'page-dark');
  await one.page.emulateMedia({ colorScheme: 'light' });
  await one.page.setViewportSize({ width: 360, height: 640 });
  await shoot(one.page, 'page-phone');
});
