import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { act, enter, message, seen, send, texts, ticked } from '../support/page/acts.ts';
import { startWorld, type World } from '../support/page/world.ts';

jest.setTimeout(90_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  expect(world.complaints).toEqual([]);
});

const aPair = async () => {
  const [ann, bob] = [await world.person('ann'), await world.person('bob')];
  const conversation = await world.make(ann, { kind: 'direct', with: bob.user.id });
  const [one, other] = [await world.open(ann), await world.open(bob)];
  await enter(one.page, bob.user.name);
  await enter(other.page, ann.user.name);
  const close = () => Promise.all([one.context.close(), other.context.close()]);
  return { ann, bob, conversation, one: one.page, other: other.page, close };
};

const cut = () => {
  for (const line of Object.values(world.lines)) line.cut();
};
const mend = () => {
  for (const line of Object.values(world.lines)) line.mend();
};

describe('without a line', () => {
  test('both go on writing, and afterwards both have everything once, in one order', async () => {
    const { one, other, ann, bob, conversation, close } = await aPair();
    await send(one, 'before');
    await seen(other, 'before');
    cut();
    const banner = one.getByRole('status').filter({ hasText: 'No connection.' });
    await banner.waitFor();
    await send(one, 'ann writes offline');
    await send(one, 'and goes on');
    await send(other, 'bob writes offline');
    await ticked(one, 'and goes on', 'Not sent yet');
    await world.say(bob, conversation, 'bob writes elsewhere');
    mend();
    await banner.getByRole('button', { name: 'Try now' }).click();
    await other.evaluate("dispatchEvent(new Event('online'))");
    for (const page of [one, other]) {
      for (const text of [
        'ann writes offline',
        'and goes on',
        'bob writes offline',
        'bob writes elsewhere',
      ]) {
        await message(page, text).waitFor();
      }
    }
    await ticked(one, 'and goes on', 'Read');
    await ticked(other, 'bob writes offline', 'Read');
    await banner.waitFor({ state: 'detached' });
    expect(await texts(one)).toEqual(await texts(other));
    expect((await texts(one)).length).toBe(5);
    expect(ann.user.name).not.toBe(bob.user.name);
    await close();
  });

  test('it is said at once where the network is gone', async () => {
    const { one, close } = await aPair();
    const banner = one.getByRole('status').filter({ hasText: 'You are offline.' });
    await one.context().setOffline(true);
    await banner.waitFor();
    await one.context().setOffline(false);
    await banner.waitFor({ state: 'detached' });
    await close();
  });

  test('what was not sent outlives a reload, and is sent once', async () => {
    const { one, other, close } = await aPair();
    cut();
    await send(one, 'written on the train');
    await ticked(one, 'written on the train', 'Not sent yet');
    await one.reload();
    await ticked(one, 'written on the train', 'Not sent yet');
    mend();
    await ticked(one, 'written on the train', 'Read');
    await send(one, 'home again');
    await seen(other, 'home again');
    expect(await texts(other)).toEqual(['written on the train', 'home again']);
    expect(await texts(one)).toEqual(['written on the train', 'home again']);
    await close();
  });
});

/** In the page: what was dismissed is gone from the browser's disk a moment later. */
const nothingIsKept = `new Promise((resolve, reject) => {
  const opening = indexedDB.open('parley');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const counting = opening.result.transaction('outbox').objectStore('outbox').count();
    counting.onsuccess = () => {
      opening.result.close();
      resolve(counting.result === 0);
    };
  };
})`;

describe('the server', () => {
  test('may ask everybody to come back: nobody notices', async () => {
    const { one, other, close } = await aPair();
    await send(one, 'before the drain');
    await ticked(one, 'before the drain', 'Read');
    const reopened = Promise.all([one, other].map((page) => page.waitForEvent('websocket')));
    await world.gateway.invoke('operate', { drain: { overMs: 0 } });
    await reopened;
    await send(one, 'after the drain');
    await seen(other, 'after the drain');
    expect(await one.getByRole('status').filter({ hasText: 'No connection.' }).count()).toBe(0);
    await close();
  });

  test('may refuse a message: it says why, and is tried again', async () => {
    const { one, bob, other, ann, close } = await aPair();
    await send(one, 'hello');
    await seen(other, 'hello');
    await world.gateway.http('PUT', `/v1/blocks/${ann.user.id}`, { token: bob.token });
    await send(one, 'are you angry');
    await message(one, 'are you angry').getByText('One of you has blocked the other.').waitFor();
    await world.gateway.http('DELETE', `/v1/blocks/${ann.user.id}`, { token: bob.token });
    await message(one, 'are you angry').getByRole('button', { name: 'Try again' }).click();
    await seen(other, 'are you angry');
    await ticked(one, 'are you angry', 'Read');
    await close();
  });

  test('may refuse a change: it says why, and that can be dismissed', async () => {
    const { one, bob, other, ann, close } = await aPair();
    await send(other, 'hello');
    await seen(one, 'hello');
    const block = `/v1/blocks/${ann.user.id}`;
    await world.gateway.http('PUT', block, { token: bob.token });
    const react = async () => {
      await act(one, 'hello', 'React');
      await one.getByRole('dialog', { name: 'React' }).getByRole('button', { name: '👍' }).click();
    };
    const why = message(one, 'hello').getByText('Not changed. One of you has blocked the other.');
    const reaction = (page: Page) => message(page, 'hello').getByRole('button', { name: '👍' });
    await react();
    await why.waitFor();
    expect(await reaction(one).count()).toBe(0);
    await message(one, 'hello').getByRole('button', { name: 'Dismiss' }).click();
    await why.waitFor({ state: 'detached' });
    await one.waitForFunction(nothingIsKept);
    await one.reload();
    await seen(one, 'hello');
    expect(await why.count()).toBe(0);

    await react();
    await why.waitFor();
    await world.gateway.http('DELETE', block, { token: bob.token });
    await message(one, 'hello').getByRole('button', { name: 'Try again' }).click();
    await reaction(other).waitFor();
    await why.waitFor({ state: 'detached' });
    await close();
  });

  test('may be another one: everything goes on', async () => {
    const { one, other, close } = await aPair();
    await send(one, 'to the old server');
    await seen(other, 'to the old server');
    await world.restart();
    await send(one, 'to the new server');
    await seen(other, 'to the new server');
    await ticked(one, 'to the new server', 'Read');
    await close();
  });

  test('ends tokens: they are renewed before, and nobody is asked for anything', async () => {
    await world.restart({ PARLEY_TOKEN_SECONDS: '15' });
    const { one, other, close } = await aPair();
    const renewed = () => one.waitForResponse((answer) => answer.url().endsWith('/v1/tokens/renew'));
    expect((await renewed()).status()).toBe(201);
    await send(one, 'with the second');
    await seen(other, 'with the second');
    // What is renewed now is not the token that the page began with.
    expect((await renewed()).status()).toBe(201);
    await send(one, 'with the third');
    await ticked(one, 'with the third', 'Read');
    for (const page of [one, other]) expect(await page.getByRole('dialog').count()).toBe(0);
    await close();
  });

  test('takes no token any more: the password is asked for, and nothing that was written is lost', async () => {
    await world.restart();
    const { one, close } = await aPair();
    await send(one, 'while it lasts');
    await world.restart({ PARLEY_TOKEN_KEY: JSON.stringify({ seed: 'another key'.padEnd(32, '.') }) });
    const dialog = one.getByRole('dialog', { name: 'Sign in again' });
    await dialog.getByLabel('Password').fill('wrong horse');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByText('The name or the password is wrong.').waitFor();
    await dialog.getByLabel('Password').fill('correct horse');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await send(one, 'and afterwards');
    await message(one, 'and afterwards')
      .getByRole('img', { name: /Sent|Delivered|Read/ })
      .waitFor();
    await close();
  });
});
