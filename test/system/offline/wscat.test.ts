import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, jest, test } from '@jest/globals';
import { type Local, startLocal } from '../../support/local.ts';

jest.setTimeout(60_000);

const program = join(import.meta.dirname, '../../node_modules/wscat/bin/wscat');

/** wscat as a person runs it: lines in, lines out. */
const wscat = (url: string, token: string) => {
  const child: ChildProcess = spawn(process.execPath, [
    program,
    '-c',
    url,
    '-H',
    `Authorization: Bearer ${token}`,
  ]);
  let said = '';
  let heard: (() => void) | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said += text;
      heard?.();
    });
  }
  const type = (line: string) => child.stdin?.write(`${line}\n`);
  return {
    type,
    /** Without a terminal it neither says that it is connected nor keeps what is typed before: so ask until it answers. */
    connected: async () => {
      const asking = setInterval(() => type('{"action":"ping"}'), 200);
      while (!said.includes('"pong"')) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      clearInterval(asking);
    },
    hears: async (pattern: RegExp): Promise<RegExpMatchArray> => {
      for (;;) {
        const match = said.match(pattern);
        if (match) return match;
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    end: () => {
      child.kill();
      return new Promise((resolve) => child.once('exit', resolve));
    },
  };
};

let local: Local;
beforeAll(async () => {
  local = await startLocal('wscat');
});
afterAll(() => local.stop());

test('two people at wscat chat, are limited and are helped', async () => {
  const [ann, bob] = [await local.register(), await local.register()];
  const [hers, his] = [wscat(local.url, ann.token), wscat(local.url, bob.token)];
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
