import { afterAll, beforeAll, jest, test } from '@jest/globals';
import { startWscat } from '../../../scripts/parts/wscat.ts';
import { type Local, startLocal } from '../../support/local.ts';

jest.setTimeout(60_000);

let local: Local;
beforeAll(async () => {
  local = await startLocal('wscat');
});
afterAll(() => local.stop());

test('two people at wscat chat, are limited and are helped', async () => {
  const [ann, bob] = [await local.register(), await local.register()];
  const [hers, his] = [startWscat(local.url, ann.token), startWscat(local.url, bob.token)];
  await Promise.all([hers.connected(), his.connected()]);

  hers.type(JSON.stringify({ action: 'sendMessage', to: bob.user.id, text: 'hello bob' }));
  const [, conversation] = await hers.hears(/"type":"ack".*?"conversation":"(d:[^"]+)"/);
  await his.hears(/"type":"message.new".*?"text":"hello bob"/);

  his.type(JSON.stringify({ action: 'sendMessage', conversation, text: 'hello ann' }));
  await hers.hears(/"type":"message.new".*?"text":"hello ann"/);

  for (let i = 0; i < 6; i++)
    his.type(JSON.stringify({ action: 'sendMessage', conversation, text: `again ${i}` }));
  await his.hears(/"code":"rate-limited".*?"retryAfterMs":\d+/);

  hers.type('{"action":"help"}');
  await hers.hears(/"type":"help","actions":\[\{"action":"sendMessage"/);
  hers.type('what?');
  await hers.hears(/"code":"bad-frame"/);
  await Promise.all([hers.end(), his.end()]);
});
