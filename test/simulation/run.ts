import { directId } from '../../lib/entries/create.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { noFaults } from './faults.ts';
import { check } from './invariants.ts';
import { messagesEach } from './story.ts';
import {
  add,
  amend,
  createWorld,
  found,
  readNow,
  remove,
  rename,
  type Setting,
  say,
  sweepNow,
  type World,
} from './world.ts';

/** Redis loses everything, or goes back to what it was a while ago, or is away for some seconds. */
const lose = (world: World, loss: Setting['loss']) => {
  const { scheduler, keys, network, losses } = world;
  const at = scheduler.between(20, 6_000);
  if (loss === 'wipe') {
    scheduler.later(at, () => {
      keys.wipe();
      losses.push(scheduler.now());
    });
  }
  if (loss === 'rollback') {
    scheduler.later(scheduler.between(0, at), () => {
      const copy = keys.copy();
      scheduler.later(scheduler.between(20, 6_000), () => {
        keys.restore(copy);
        losses.push(scheduler.now());
      });
    });
  }
  if (loss === 'down') {
    scheduler.later(at, () => {
      network.redisIsDown = true;
      scheduler.later(scheduler.between(500, 8_000), () => {
        network.redisIsDown = false;
      });
    });
  }
};

const talk = async (world: World, { loss }: Setting, group: ConversationId | undefined) => {
  const { scheduler, clients } = world;
  const [ann, , bob, cid] = clients;
  if (!ann || !bob || !cid) throw new Error('the world is empty');
  // Some stories are crowded, and in some nobody waits for his own acks either.
  const pace = world.isRace || scheduler.chance(0.5) ? 10 : 800;
  const changing = scheduler.chance(0.6);
  const isStorm = world.isRace || scheduler.chance(0.3);
  const talking = clients.map(async (client, i) => {
    const isPair = client === ann || client === bob;
    const peer = client === ann ? bob.caller.user : ann.caller.user;
    const sayNext = async (n: number) => {
      await scheduler.pause(scheduler.between(0, pace));
      const target =
        isPair && scheduler.chance(0.4) ? { to: peer } : group ? { conversation: group } : undefined;
      if (target) await say(world, client, target, `from ${i} number ${n}`);
      if (group && changing && scheduler.chance(0.4))
        await amend(world, client, group, `from ${i} change ${n}`);
    };
    const all = Array.from({ length: messagesEach }, (_, n) => n);
    if (isStorm) await Promise.all(all.map(sayNext));
    else for (const n of all) await sayNext(n);
  });
  const reading = async () => {
    for (let n = 0; n < 4; n++) {
      await scheduler.pause(scheduler.between(100, 2_000));
      if (group) await readNow(world, scheduler.chance(0.5) ? bob : cid, group);
    }
  };
  const sweeping = async () => {
    for (let n = 0; n < 3; n++) {
      await scheduler.pause(5_000);
      await sweepNow(world);
    }
  };
  const removing = async () => {
    // Changes of members wait for Redis; sending does not.
    if (!group || loss === 'away' || scheduler.chance(0.5)) return;
    await scheduler.pause(scheduler.between(300, 3_000));
    await remove(world, ann, group, cid.caller.user);
    if (scheduler.chance(0.5)) return;
    await scheduler.pause(scheduler.between(0, 3_000));
    await add(world, ann, group, cid.caller.user);
  };
  const renaming = async () => {
    if (!group || !changing) return;
    await scheduler.pause(scheduler.between(100, 3_000));
    await rename(world, ann, group, 'another title');
  };
  await Promise.all([...talking, reading(), removing(), renaming(), sweeping()]);
};

/**
 * One seed: people talk while handlers die, calls are lost, late or doubled, and Redis forgets. Then all is well
 * again, what is late arrives, the sweep does its work, and everything is looked at. Returns what was found wrong.
 */
export const simulate = async (seed: number, setting: Setting): Promise<string[]> => {
  const world = await createWorld(seed, setting);
  const { scheduler, network, clients } = world;
  const [ann, , bob] = clients;
  if (!ann || !bob) throw new Error('the world is empty');
  network.rates = setting.rates;
  network.redisIsDown = setting.loss === 'away';
  for (let n = 0; n < 2; n++) lose(world, setting.loss);

  const story = found(world, ann).then((group) => {
    if (group) world.conversations.push(group);
    return talk(world, setting, group);
  });
  world.conversations.push(directId(ann.caller.user, bob.caller.user));
  await scheduler.run();
  await story;

  network.rates = noFaults;
  network.redisIsDown = false;
  for (let n = 0; n < 3; n++) {
    const sweeping = sweepNow(world);
    await scheduler.run(scheduler.now() + 7_000);
    await scheduler.run();
    await sweeping;
  }
  return check(world, setting);
};
