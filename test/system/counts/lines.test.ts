import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { lineOf, type Operation } from '../../../cost/counts.ts';
import type { Session } from '../../../schema/http/users.ts';
import { type Strict, startStrict } from '../../support/strict.ts';

jest.setTimeout(90_000);

let local: Strict;
beforeAll(async () => {
  local = await startStrict();
});
afterAll(() => local.stop());

/** By the function that does it. */
const operations: Partial<Record<string, Operation>> = {
  authorize: 'authorize',
  connect: 'connect',
  disconnect: 'disconnect',
  sendMessage: 'send',
  ping: 'ping',
  typing: 'typing',
  receipts: 'mark',
  watchPresence: 'watch',
  sync: 'syncCompare',
  conversations: 'newestPage',
  sweep: 'sweepNotes',
};

const written = (line: string, name: string) =>
  line.includes('"invocation.measured"') && JSON.parse(line).function.endsWith(`-${name}`);

/** Two talk, and everything that has a price happens. */
const aSession = async (ann: Session, bob: Session) => {
  const [anns, bobs] = [await local.connect(ann), await local.connect(bob)];
  const open = local.connections();
  const { conversation, seq } = await anns.ask({ action: 'sendMessage', to: bob.user.id, text: 'hello' });
  await bobs.next((frame) => frame.type === 'message.new' && frame.seq === seq);
  await anns.ask({ action: 'watchPresence', users: [bob.user.id] });
  for (const frame of [
    { action: 'sync', since: Date.now() },
    { action: 'typing', conversation, active: true },
    { action: 'markRead', conversation, seq },
    { action: 'ping' },
  ]) {
    await bobs.ask(frame);
  }
  const path = `/v1/conversations/${encodeURIComponent(conversation)}/messages`;
  await local.http('GET', path, { token: ann.token });
  await local.sweep();
  await Promise.all([anns.close(), bobs.close()]);
  // The gateway tells of it after the client has seen it.
  await Promise.all(
    open.map((id) => local.logged((line) => written(line, 'disconnect') && line.includes(id))),
  );
};

test('the line that an operation writes is as long as its price says, within a fifth', async () => {
  const [ann, bob] = [await local.register(), await local.register()];
  // The first time functions start, which their lines tell too, and now and then they read the factor: the shortest counts.
  await aSession(ann, bob);
  await aSession(ann, bob);
  await local.freeze();
  const lines = local.log().split('\n');
  const lengths = Object.keys(operations).map((name) => {
    const all = lines.filter((line) => written(line, name));
    return [name, Math.min(...all.map((line) => Buffer.byteLength(line)))] as const;
  });
  for (const [name, length] of lengths) {
    const listed = lineOf(operations[name] as Operation);
    expect([name, length, Math.abs(length / listed - 1) < 0.2]).toEqual([name, length, true]);
  }
});
