import { revokeDevice } from '../../../../lib/actions/devices/revoke.ts';
import { kick } from '../../../../lib/actions/operate/kick.ts';
import { handle, isRefusal } from '../../handler.ts';
import { request } from '../client/asking.ts';
import type { Device, World } from '../world.ts';
import { attempts } from './insist.ts';

/** Revokes another device of the same user. */
export const revoke = async (world: World, by: Device, whom: Device) => {
  for (let n = 0; n < attempts && !world.over; n++) {
    const reply = await request(world, by, 'revokeDevice', (app, caller) =>
      revokeDevice(app, caller, whom.id),
    );
    if (reply && !isRefusal(reply)) {
      world.record.revoked.set(whom.id, world.scheduler.now());
      return;
    }
    await world.scheduler.pause(500);
  }
};

/** An operator ends the connections of a user or of one device. */
export const putOut = (world: World, { user, id }: Device, all: boolean) =>
  handle(world, async (app) => ({ reply: await kick(app, { user, ...(!all && { device: id }) }) }));
