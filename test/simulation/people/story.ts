import { createConversation } from '../../../lib/actions/conversations/create.ts';
import { sweep } from '../../../lib/actions/sweep.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import { handle, isRefusal } from '../handler.ts';
import { fallOut } from './acts/blocks.ts';
import { add, appoint, joinNow, leaveNow, quit, remove, rename } from './acts/members.ts';
import { amend, say } from './acts/messages.ts';
import { look, mark, preview, type } from './acts/reading.ts';
import { drain, putOut, revoke } from './acts/sessions.ts';
import { calmDown, runUntil } from './calm.ts';
import { renew, request } from './client/asking.ts';
import { arrive, closed, hangUp, live, refresh } from './client/device.ts';
import { check } from './invariants/check.ts';
import { createWorld, type Device, type Setting, type World } from './world.ts';

/** Messages that every device sends, and changes that it makes between them. */
const messagesEach = 3;

/** A group, or a room that anyone may join; by the same request until it is answered. */
const found = async (world: World, by: Device): Promise<ConversationId> => {
  const others = [...new Set(world.devices.map(({ user }) => user))].filter((user) => user !== by.user);
  const isRoom = world.scheduler.chance(0.3);
  const asked = isRoom
    ? ({ kind: 'room', title: 'all' } as const)
    : ({ kind: 'group', title: 'all', members: others } as const);
  const key = 'the-key-of-the-group' as never;
  for (;;) {
    const reply = await request(world, by, 'createConversation', (app, caller) =>
      createConversation(app, caller, { ...asked, key }),
    );
    if (reply && !isRefusal(reply)) return reply.id;
    await world.scheduler.pause(300);
  }
};

const wipe = ({ scheduler, keys, losses }: World) => {
  keys.wipe();
  losses.push(scheduler.now());
};

/** Redis loses everything, or goes back to what it was a while ago, or is away for some seconds. */
const lose = (world: World, loss: Setting['loss']) => {
  const { scheduler, keys, network, losses } = world;
  const later = (work: () => void) => scheduler.later(scheduler.between(500, 15_000), work);
  const note = () => losses.push(scheduler.now());
  if (loss === 'wipe') later(() => wipe(world));
  if (loss === 'rollback')
    later(() => {
      const copy = keys.copy();
      later(() => {
        keys.restore(copy);
        note();
      });
    });
  if (loss === 'down')
    later(() => {
      network.redisIsDown = true;
      note();
      later(() => {
        network.redisIsDown = false;
        note();
      });
    });
};

/** One device's part: it talks, changes what was said, and marks what it has read. */
const talk = async (world: World, device: Device, group: ConversationId) => {
  const { scheduler, devices } = world;
  // A room is entered by whoever likes to.
  if (device.user !== devices[0]?.user && !(await world.app.members.member(group, device.user)))
    await joinNow(world, device, group, 'the first join');
  const peer = devices.find(({ user }) => user !== device.user)?.user;
  const pace = scheduler.chance(0.5) ? 500 : 5_000;
  for (let n = 0; n < messagesEach; n++) {
    await scheduler.pause(scheduler.between(0, pace));
    const text = `${device.id.slice(0, 5)} says ${n}`;
    if (scheduler.chance(0.3)) await type(world, device, group);
    const isPair = device.user !== devices[3]?.user && peer !== undefined && scheduler.chance(0.3);
    await say(world, device, isPair ? { to: peer } : { conversation: group }, text);
    if (scheduler.chance(0.5)) await amend(world, device, group, `${text} anew`);
    if (scheduler.chance(0.5)) await mark(world, device, group);
    if (scheduler.chance(0.2)) await preview(world, device);
  }
};

/** The line of somebody is ended, for a short while or a longer one. */
const disturb = async (world: World) => {
  const { scheduler, devices } = world;
  for (let n = scheduler.between(1, 4); n > 0; n--) {
    await scheduler.pause(scheduler.between(500, 8_000));
    const device = devices[scheduler.between(0, devices.length - 1)];
    const how = (['closed', 'torn', 'deaf'] as const)[scheduler.between(0, 2)];
    const awayMs = scheduler.chance(0.6) ? scheduler.between(100, 9_000) : scheduler.between(10_000, 40_000);
    if (device && how) hangUp(world, device, how, awayMs);
  }
};

type People = Record<'ann' | 'bob' | 'cid', Device>;

/** Cid is removed and added again, or goes and comes back by himself. */
const moveCid = async (world: World, { ann, cid }: People, group: ConversationId, isRoom: boolean) => {
  const { scheduler } = world;
  if (isRoom) await leaveNow(world, cid, group);
  else await remove(world, ann, group, cid.user);
  if (scheduler.chance(0.4)) return;
  await scheduler.pause(scheduler.between(0, 5_000));
  if (isRoom) await joinNow(world, cid, group, 'another join');
  else await add(world, ann, group, cid.user);
};

/** Ann, who founded it, goes: whoever is an owner then lets her in again, or she comes back by herself. */
const replaceAnn = async (
  world: World,
  { ann, bob, cid }: People,
  group: ConversationId,
  isRoom: boolean,
) => {
  const { scheduler, app } = world;
  if (scheduler.chance(0.5)) await appoint(world, ann, group, bob, 'admin');
  if (scheduler.chance(0.5)) await leaveNow(world, ann, group);
  else await quit(world, ann, group);
  if (scheduler.chance(0.3)) return;
  await scheduler.pause(scheduler.between(0, 3_000));
  if (isRoom) return joinNow(world, ann, group, 'another join');
  const members = await app.members.of(group);
  const heir = [bob, cid].find(({ user }) =>
    members.some((one) => one.user === user && one.role === 'owner'),
  );
  if (heir) await add(world, heir, group, ann.user);
};

/** Two owners have each their own mind about cid; then one makes the other less. */
const quarrel = async (world: World, { ann, bob, cid }: People, group: ConversationId) => {
  const { scheduler } = world;
  await appoint(world, ann, group, bob, 'owner');
  await Promise.all([
    appoint(world, ann, group, cid, scheduler.chance(0.5) ? 'admin' : 'owner'),
    scheduler.chance(0.5) ? remove(world, bob, group, cid.user) : appoint(world, bob, group, cid, 'admin'),
  ]);
  if (scheduler.chance(0.5)) await appoint(world, bob, group, ann, 'member');
};

/** One after the other: of two who take each other's rights at once is not promised that an owner is left. */
const moveMembers = async (world: World, group: ConversationId) => {
  const { scheduler, devices } = world;
  const [ann, , bob, cid] = devices;
  if (!ann || !bob || !cid || scheduler.chance(0.3)) return;
  await scheduler.pause(scheduler.between(300, 8_000));
  const isRoom = (await world.app.members.conversation(group))?.kind === 'room';
  const people = { ann, bob, cid };
  const what = scheduler.between(0, 3);
  if (what === 0) await replaceAnn(world, people, group, isRoom);
  else if (what === 1) await quarrel(world, people, group);
  else await moveCid(world, people, group, isRoom);
};

/** Ann and bob fall out. */
const separate = async (world: World) => {
  const { scheduler, devices } = world;
  const [ann, , bob] = devices;
  if (!ann || !bob || scheduler.chance(0.7)) return;
  await scheduler.pause(scheduler.between(0, 8_000));
  await (scheduler.chance(0.5) ? fallOut(world, ann, bob) : fallOut(world, bob, ann));
};

/** Somebody is put out by an operator, or everybody asked to come back, and ann's tablet is for ever. */
const shutOut = async (world: World, loss: Setting['loss']) => {
  const { scheduler, devices } = world;
  const [phone, tablet] = devices;
  if (!phone || !tablet) return;
  await scheduler.pause(scheduler.between(500, 10_000));
  const whom = devices[scheduler.between(0, devices.length - 1)];
  if (whom && scheduler.chance(0.3)) await putOut(world, whom, scheduler.chance(0.5));
  else if (scheduler.chance(0.2)) await drain(world);
  await scheduler.pause(scheduler.between(0, 6_000));
  if (scheduler.chance(0.5)) return;
  // It is on its way back: whoever let it in has read that it may.
  if (scheduler.chance(0.5)) hangUp(world, tablet, 'torn', scheduler.between(0, 16));
  await revoke(world, phone, tablet);
  // Nor does the mark stay for it.
  if (loss === 'wipe' && scheduler.chance(0.5)) wipe(world);
  // Redis may have forgotten its connection: then it is not closed, and may ask to go on.
  if (tablet.line) await refresh(world, tablet.line);
};

const readAlong = async (world: World, group: ConversationId) => {
  const { scheduler, devices } = world;
  for (let n = 0; n < 4; n++) {
    await scheduler.pause(scheduler.between(500, 4_000));
    const device = devices[scheduler.between(0, devices.length - 1)];
    if (device && !device.isOut) await look(world, device, group);
  }
};

const sweeping = async (world: World) => {
  while (!world.over) {
    await world.scheduler.pause(5_000);
    await handle(world, async (app) => ({ reply: await sweep(app, { once: true }) }));
  }
};

const play = async (world: World, group: ConversationId, loss: Setting['loss']) => {
  const { scheduler } = world;
  const [phone] = world.devices;
  await Promise.all([
    ...world.devices.map((device) => talk(world, device, group)),
    disturb(world),
    moveMembers(world, group),
    separate(world),
    shutOut(world, loss),
    readAlong(world, group),
    phone && scheduler.chance(0.4) && rename(world, phone, group),
  ]);
};

/**
 * One seed: four devices come and go, talk, read and watch each other, while handlers die, calls are lost, late or
 * doubled, and Redis forgets. Then all is well again, and everything is looked at. Returns what was found wrong.
 */
export const simulate = async (seed: number, setting: Setting): Promise<string[]> => {
  const world = await createWorld(seed, setting);
  const { scheduler, devices, lines, network } = world;
  lines.arrive = (line, push) => arrive(world, line, push);
  lines.closed = (line) => closed(world, line);
  for (const device of devices) renew(world, device);
  const [ann] = devices;
  if (!ann) throw new Error('the world is empty');

  const lives = devices.map((device) => live(world, device));
  const swept = sweeping(world);
  network.rates = setting.rates;
  for (let n = 0; n < 2; n++) lose(world, setting.loss);
  const story = found(world, ann).then((group) => {
    world.conversations.push(group);
    return play(world, group, setting.loss);
  });
  await runUntil(world, story);
  await calmDown(world, setting);
  const wrong = await check(world, setting);
  world.over = true;
  await scheduler.run();
  await Promise.all([...lives, swept]);
  return wrong;
};
