import { block } from '../../../../lib/actions/blocks/block.ts';
import { unblock } from '../../../../lib/actions/blocks/unblock.ts';
import type { Block } from '../record.ts';
import type { Device, World } from '../world.ts';
import { persist } from './insist.ts';
import { say } from './messages.ts';

/** Blocks somebody for a while or for good; both go on talking to each other. */
export const fallOut = async (world: World, one: Device, other: Device) => {
  const { scheduler, record } = world;
  const never = { begun: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY };
  const made: Block = { one: one.user, other: other.user, begun: scheduler.now(), at: never.at, ends: never };
  record.blocks.push(made);
  const done = await persist(world, one, 'block', (app, caller) => block(app, caller, other.user));
  if (!done) return;
  made.at = done.at;
  await Promise.all([
    say(world, one, { to: other.user }, `${one.id.slice(0, 5)} at odds`),
    say(world, other, { to: one.user }, `${other.id.slice(0, 5)} at odds`),
  ]);
  // What the network doubles has come by then.
  await scheduler.pause(scheduler.between(2_500, 8_000));
  if (scheduler.chance(0.4)) return;
  made.ends = { begun: scheduler.now(), at: never.at };
  const undone = await persist(world, one, 'unblock', (app, caller) => unblock(app, caller, other.user));
  // An attempt that was given up may block once more.
  if (!undone || !done.isSure) return;
  made.ends.at = undone.at;
  await say(world, other, { to: one.user }, `${other.id.slice(0, 5)} at ease`);
};
