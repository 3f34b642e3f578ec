import { noFaults } from '../faults.ts';
import { say } from './acts/messages.ts';
import { hangUp } from './client/device.ts';
import type { Setting, World } from './world.ts';

/** Time goes on until something is done. */
export const runUntil = async ({ scheduler }: World, done: Promise<unknown>) => {
  let isDone = false;
  void done.finally(() => {
    isDone = true;
  });
  while (!isDone) await scheduler.run(scheduler.now() + 1_000);
  await done;
};

/** One more word in each conversation shows what a device left behind that will never come back for it. */
const closeUp = async (world: World) => {
  const left = new Set(world.devices.flatMap((device) => [...device.left]));
  for (const conversation of left) {
    const members = await world.app.members.of(conversation);
    const speaker = world.devices.find(
      ({ user, line }) => line && members.some((member) => member.user === user),
    );
    if (speaker) await runUntil(world, say(world, speaker, { conversation }, 'the last word'));
  }
};

/** What is late has come by then, and the sweep has done what handlers left. */
const quietMs = 32_000;
/** A memory that went back is believed so long. */
const believedMs = 61_000;

/** All is well again: nothing is lost any more, and who was away comes back; some never do. */
export const calmDown = async (world: World, { loss }: Setting) => {
  const { scheduler, devices, network, lines } = world;
  network.rates = noFaults;
  network.redisIsDown = false;
  lines.drops = 0;
  const gone = scheduler.chance(0.5) ? devices[scheduler.between(1, 3)] : undefined;
  for (const device of devices) if (device !== gone) device.backAt = Math.min(device.backAt, scheduler.now());
  if (gone) hangUp(world, gone, scheduler.chance(0.5) ? 'closed' : 'deaf', Number.POSITIVE_INFINITY);
  await scheduler.run(scheduler.now() + quietMs);
  await closeUp(world);
  if (loss === 'rollback') {
    // What a failover forgot is found by the next reconnect.
    for (const device of devices) hangUp(world, device, 'closed', believedMs);
    await scheduler.run(scheduler.now() + believedMs);
  }
  await scheduler.run(scheduler.now() + 12_000);
};
