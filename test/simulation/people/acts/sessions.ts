import { revokeDevice } from '../../../../lib/actions/devices/revoke.ts';
import { finishDrain, startDrain } from '../../../../lib/actions/operate/drain.ts';
import { kick } from '../../../../lib/actions/operate/kick.ts';
import { handle, isRefusal } from '../../handler.ts';
import type { Device, World } from '../world.ts';
import { persist } from './insist.ts';

/** Revokes another device of the same user. */
export const revoke = async (world: World, by: Device, whom: Device) => {
  const done = await persist(world, by, 'revokeDevice', (app, caller) => revokeDevice(app, caller, whom.id));
  if (done) world.record.revoked.set(whom.id, done.at);
};

/** An operator ends the connections of a user or of one device. */
export const putOut = (world: World, { user, id }: Device, all: boolean) =>
  handle(world, async (app) => ({ reply: await kick(app, { user, ...(!all && { device: id }) }) }));

/** An operator has everybody come back on another connection; one that died is begun anew. */
export const drain = async (world: World) => {
  const { scheduler, record, devices } = world;
  const overMs = scheduler.between(1_000, 8_000);
  const started = await handle(world, async (app) => ({ reply: await startDrain(app, overMs) }));
  if (!started || isRefusal(started)) return;
  const { before } = started;
  await scheduler.pause(scheduler.chance(0.7) ? overMs + 2_000 : 0);
  const finished = await handle(world, async (app) => ({ reply: await finishDrain(app, before) }));
  if (!finished || isRefusal(finished)) return;
  for (const { line } of devices)
    if (line?.open && line.since < before) record.undrained.push(line.caller.connection);
};
