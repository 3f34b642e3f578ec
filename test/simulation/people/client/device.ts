import { connect } from '../../../../lib/actions/connections/connect.ts';
import { disconnect } from '../../../../lib/actions/connections/disconnect.ts';
import { ping } from '../../../../lib/actions/connections/ping.ts';
import { refreshToken } from '../../../../lib/actions/connections/refresh-token.ts';
import { watchPresence } from '../../../../lib/actions/presence/watch.ts';
import { authorize } from '../../../../lib/actions/users/authorize.ts';
import type { Entry } from '../../../../schema/entries.ts';
import type { Inbox, Pong, Presence, ReceiptFrame } from '../../../../schema/pushes.ts';
import { handle, isRefusal } from '../../handler.ts';
import { tokenOf } from '../../stores.ts';
import type { Push } from '../lines.ts';
import type { Device, Line, World } from '../world.ts';
import { ask, claimsOf, renew } from './asking.ts';
import { fillHoles, heed, want } from './catch-up.ts';

const beatSeconds = 5;
/** A token is renewed this long before its end, by who thinks of it. */
const renewMs = 8_000;

const show = ({ shows }: Device, users: Presence[]) => {
  for (const { user, online } of users) shows.set(user, online);
};

/** What an answer tells of others. */
const showAnswer = ({ record, scheduler }: World, device: Device, users: Presence[], begun: number) => {
  const at = scheduler.now();
  for (const { user, online } of users) record.sights.push({ to: device.user, user, online, begun, at });
  show(device, users);
};

/** The client's end of a line is over; it comes back after a while. */
const leave = (world: World, line: Line, afterMs: number) => {
  const { device } = line;
  if (device.line !== line) return;
  device.line = undefined;
  device.backAt = Math.max(device.backAt, world.scheduler.now() + afterMs);
  line.end();
};

/** What the client does with a frame that it did not ask for. */
export const arrive = (world: World, line: Line, push: Push) => {
  const { device } = line;
  if (device.line !== line || line.deaf) return;
  if (push.type === 'goodbye') {
    const { code, reconnect = false, afterMs = 0 } = push;
    if (code === 'revoked') device.isOut = true;
    if (code === 'lifetime' || code === 'draining') {
      line.moveAt = Math.min(line.moveAt, world.scheduler.now() + afterMs);
      return;
    }
    // Whoever was put out comes back when the person opens the app again.
    return leave(world, line, reconnect ? afterMs : world.scheduler.between(3_000, 20_000));
  }
  if (push.type === 'presence') return show(device, push.users ?? []);
  if (push.type === 'typing') return;
  const frame = push as unknown as (Entry | ReceiptFrame) & { inbox?: Inbox };
  heed(world, line, device.client.receive(frame), frame.inbox?.version ?? 0);
};

/** A hint that API Gateway gives of an end, at best once. Without it, who announced no heartbeat is there for long. */
const hint = (world: World, line: Line) => {
  if (line.hasBeaten && !world.scheduler.chance(0.85)) return;
  void handle(world, async (app) => ({ reply: await disconnect(app, line.caller) }));
};

/** The server closed it. */
export const closed = (world: World, line: Line) => {
  hint(world, line);
  world.scheduler.later(world.scheduler.between(0, 50), () => leave(world, line, 500));
};

/** Ends a line from the client's side: in order, torn off, or without either end knowing. */
export const hangUp = (world: World, device: Device, how: 'closed' | 'torn' | 'deaf', awayMs: number) => {
  const { line } = device;
  if (!line) return;
  if (how === 'deaf' && line.hasBeaten) line.deaf = true;
  else line.open = false;
  if (how === 'closed' || !line.hasBeaten) hint(world, line);
  else if (how === 'torn')
    world.scheduler.later(world.scheduler.between(100, 9_000), () => hint(world, line));
  leave(world, line, awayMs);
};

/** The handshake: the authorizer, then `$connect`. `undefined` where it was refused. */
const shakeHands = async (world: World, device: Device): Promise<Line | undefined> => {
  const { scheduler, record, lines } = world;
  const begun = scheduler.now();
  if (device.expiresAt < begun + renewMs) renew(world, device);
  const token = tokenOf(claimsOf(device));
  const claims = await handle(world, async (app) => ({ reply: await authorize(app, { token }) }));
  if (isRefusal(claims) && claims.code === 'revoked') device.isOut = true;
  if (!claims || isRefusal(claims)) return undefined;

  const caller = { ...claims, connection: lines.name() };
  const registered = await handle(world, async (app) => {
    await connect(app, caller, { origin: undefined, allowed: [] });
    return { reply: true };
  });
  // With Redis away a connection comes in unregistered: its first frame registers it.
  if (!registered || (isRefusal(registered) && registered.code !== 'unavailable')) return undefined;
  const at = scheduler.now();
  record.taken.push({ what: 'connect', device: device.id, validUntil: claims.expiresAt, begun, at });
  const ended = Promise.withResolvers<void>();
  return {
    caller,
    device,
    since: at,
    open: true,
    deaf: false,
    validUntil: claims.expiresAt,
    hasBeaten: false,
    isExpired: false,
    moveAt: Number.POSITIVE_INFINITY,
    wants: 'nothing',
    catching: false,
    from: undefined,
    unsure: false,
    ended: ended.promise,
    end: ended.resolve,
  };
};

const watch = async (world: World, line: Line) => {
  const { device } = line;
  const users = device.watches;
  const begun = world.scheduler.now();
  const asked = { user: device.user, begun, at: Number.POSITIVE_INFINITY };
  world.record.watching.push(asked);
  const reply = await ask(world, line, 'watchPresence', (app, caller) =>
    watchPresence(app, caller, { action: 'watchPresence', users }),
  );
  if (!reply || isRefusal(reply)) return;
  asked.at = world.scheduler.now();
  showAnswer(world, device, reply.users, begun);
};

/** Shows a newer token on the line. */
export const refresh = async (world: World, line: Line) => {
  const { device } = line;
  const token = renew(world, device);
  line.isExpired = false;
  line.validUntil = Math.max(line.validUntil, device.expiresAt);
  await ask(world, line, 'refreshToken', (app, caller) =>
    refreshToken(app, caller, { action: 'refreshToken', token }),
  );
};

const answered = (world: World, line: Line, { inbox, presence = [] }: Pong, begun: number) => {
  const { device } = line;
  const { client } = device;
  line.hasBeaten = true;
  showAnswer(world, device, presence, begun);
  // Redis forgot whom this connection watches.
  if (presence.length < device.watches.length) void watch(world, line);
  const mine = client.mine();
  if (line.unsure || mine?.epoch !== inbox.epoch) {
    line.unsure = false;
    want(world, line, 'inbox');
  } else if (inbox.version > mine.version) heed(world, line, 'jump', inbox.version);
};

const beat = async (world: World, line: Line) => {
  const { device } = line;
  const begun = world.scheduler.now();
  const pong = await ask(world, line, 'ping', (app, caller) =>
    ping(app, caller, { action: 'ping', every: beatSeconds }),
  );
  if (device.line !== line) return;
  // Nobody answers: another line, then.
  if (!pong) return hangUp(world, device, 'closed', 0);
  if (!isRefusal(pong)) return answered(world, line, pong, begun);
  if (pong.code === 'unknown-connection') {
    want(world, line, 'compare');
    await watch(world, line);
  }
};

/** The next line is there before the old one ends. */
const moveTo = (world: World, line: Line) => {
  const { device } = line;
  const old = device.line;
  world.lines.add(line);
  device.line = line;
  if (!old) return;
  old.open = false;
  hint(world, old);
  old.end();
};

/** Connects, catches up, beats, and comes back when it was cut off. */
export const live = async (world: World, device: Device) => {
  const { scheduler } = world;
  const forgetful = device.lifeMs < 60_000 && scheduler.chance(0.5);
  while (!world.over && !device.isOut) {
    await scheduler.pause(Math.max(0, Math.min(device.backAt - scheduler.now(), 2_000)));
    if (device.backAt > scheduler.now()) continue;
    const line = await shakeHands(world, device);
    if (!line) {
      await scheduler.pause(scheduler.between(500, 3_000));
      continue;
    }
    moveTo(world, line);
    want(world, line, 'compare');
    await watch(world, line);
    while (device.line === line && line.moveAt > scheduler.now() && !device.isOut && !world.over) {
      const isDue = !forgetful && device.expiresAt < scheduler.now() + renewMs;
      if (line.isExpired || isDue) await refresh(world, line);
      const hadHoles = device.client.hasHoles();
      await beat(world, line);
      if (hadHoles) await fillHoles(world, device);
      await Promise.race([scheduler.pause(beatSeconds * 1_000), line.ended]);
    }
  }
  hangUp(world, device, 'closed', 0);
};
