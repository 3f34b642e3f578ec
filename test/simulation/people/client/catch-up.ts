import { readMessages } from '../../../../lib/actions/messages/read.ts';
import { readReceipts } from '../../../../lib/actions/receipts/read.ts';
import { postSync, sync } from '../../../../lib/actions/sync/sync.ts';
import type { Entry } from '../../../../schema/entries.ts';
import type { SyncReply } from '../../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../../schema/ids.ts';
import { headOf } from '../../../support/held.ts';
import type { Noticed } from '../../../support/model-client.ts';
import { isRefusal } from '../../handler.ts';
import type { Device, Line, World } from '../world.ts';
import { type Answer, ask, request } from './asking.ts';

/** Frames overtake each other: so long is waited before a jump counts. */
const stragglersMs = 1_000;
/** Somebody is writing: asked again each second, at most so often. */
const repeats = 6;

export const show = (
  { record, scheduler }: World,
  { user }: Device,
  via: 'page' | 'sync' | 'preview',
  entries: Entry[],
  begun: number,
) => {
  const at = scheduler.now();
  for (const entry of entries) record.shown.push({ to: user, via, begun, at, entry });
};

/** All pages of one sync; `undefined` where one did not come. */
const pagesOf = async (
  world: World,
  line: Line,
  position: SyncReply | object,
): Promise<SyncReply[] | undefined> => {
  const { heads } = position as { heads?: Record<ConversationId, number> };
  const pages: SyncReply[] = [];
  const isPosted = world.scheduler.chance(0.1);
  let asked: object = position;
  for (;;) {
    const begun = world.scheduler.now();
    const page: Answer<SyncReply> = isPosted
      ? await request(world, line.device, 'postSync', (app, caller) => postSync(app, caller, asked))
      : await ask(world, line, 'sync', (app, caller) => sync(app, caller, { action: 'sync', ...asked }));
    if (!page || isRefusal(page)) return undefined;
    for (const { conversation, entries, receipts } of page.conversations) {
      show(world, line.device, 'sync', entries, begun);
      const at = world.scheduler.now();
      world.record.told.push({ reader: line.device.user, conversation, marks: receipts, begun, at });
    }
    pages.push(page);
    if (page.next === undefined) return pages;
    asked = { heads, cursor: page.next };
  }
};

/** Applies the pages of one sync; says whether the same is to be asked once more. */
const apply = ({ record }: World, { caller, device }: Line, pages: SyncReply[]): { again: boolean } => {
  try {
    return device.client.apply(pages);
  } catch (error) {
    record.faults.push(`I4: ${caller.connection} was left with ${String(error)}`);
    return { again: false };
  }
};

/**
 * One sync, asked from the same place while somebody is writing, and until an answer has come; `false` where none did.
 */
const syncOnce = async (world: World, line: Line, by: 'inbox' | 'compare'): Promise<boolean> => {
  const { client } = line.device;
  const inbox = by === 'inbox' ? (line.from ?? client.mine()) : undefined;
  line.from = inbox;
  for (let left = repeats; ; left--) {
    const position = { ...client.position(by), ...(inbox && { inbox }) };
    const pages = await pagesOf(world, line, position);
    if (!pages || client.hasLost(position)) return false;
    if (!apply(world, line, pages).again || left === 0) break;
    await world.scheduler.pause(1_000);
  }
  line.from = undefined;
  return true;
};

/** How far everybody has read. */
export const openReceipts = async (world: World, device: Device, conversation: ConversationId) => {
  const begun = world.scheduler.now();
  const reply = await request(world, device, 'readReceipts', (app, caller) =>
    readReceipts(app, caller, conversation, {}),
  );
  if (!reply || isRefusal(reply)) return;
  const at = world.scheduler.now();
  world.record.told.push({ reader: device.user, conversation, marks: reply.items, begun, at });
  for (const marks of reply.items) device.client.receive({ type: 'receipt', conversation, ...marks });
};

/** Fills the holes of single logs. */
export const fillHoles = async (world: World, device: Device): Promise<void> => {
  for (const [conversation, held] of device.client.conversations) {
    const after = headOf(held);
    const top = Math.max(held.top, ...held.entries.keys());
    if (top <= after) continue;
    const begun = world.scheduler.now();
    const reply = await request(world, device, 'readMessages', (app, caller) =>
      readMessages(app, caller, conversation, { limit: 100, after }),
    );
    if (isRefusal(reply) && reply.code === 'not-found') device.client.conversations.delete(conversation);
    if (!reply || isRefusal(reply)) continue;
    show(world, device, 'page', reply.items, begun);
    if (device.client.conversations.get(conversation) !== held) continue;
    for (const entry of reply.items.toReversed())
      if (!held.entries.has(entry.seq)) held.entries.set(entry.seq, entry);
    // It is new here: how far others have read was told before.
    if (after === 0) await openReceipts(world, device, conversation);
  }
};

/** Syncs until nothing is wanted any more, or the line is over. */
const catchUp = async (world: World, line: Line) => {
  if (line.catching) return;
  line.catching = true;
  while (line.wants !== 'nothing' && line.device.line === line && !world.over) {
    const by = line.wants;
    line.wants = 'nothing';
    if (await syncOnce(world, line, by)) continue;
    want(world, line, by);
    await world.scheduler.pause(1_000);
  }
  line.catching = false;
};

export const want = (world: World, line: Line, by: 'inbox' | 'compare') => {
  if (line.wants !== 'compare') line.wants = by;
  void catchUp(world, line);
};

/** What a client does about a version that does not follow its own. */
export const heed = (world: World, line: Line, noticed: Noticed, version: number) => {
  if (noticed === 'forgotten') want(world, line, 'compare');
  if (noticed !== 'jump') return;
  world.scheduler.later(stragglersMs, () => {
    if (version > (line.device.client.mine()?.version ?? 0)) want(world, line, 'inbox');
  });
};
