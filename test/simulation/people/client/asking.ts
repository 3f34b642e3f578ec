import type { App } from '../../../../lib/app.ts';
import type { Caller, ConnectedCaller } from '../../../../lib/caller.ts';
import type { AppError } from '../../../../lib/errors.ts';
import type { Outcome } from '../../../../lib/outcome.ts';
import { authenticate } from '../../../../lib/tokens/authenticate.ts';
import { handle, isRefusal } from '../../handler.ts';
import { tokenOf } from '../../stores.ts';
import type { Device, Line, World } from '../world.ts';

/** `undefined`: no answer came, and nobody knows what became of it. */
export type Answer<Reply> = Reply | AppError | undefined;

type Act<Reply> = (app: App, caller: ConnectedCaller) => Promise<Outcome<Reply>>;

/** How long a client waits before it believes a connection lost. */
const answerMs = 3_000;

export const claimsOf = ({ user, id, expiresAt }: Device) => ({ user, device: id, role: 'user', expiresAt });

/** Signs in again where the token is about to end. */
export const renew = ({ scheduler }: World, device: Device) => {
  device.expiresAt = scheduler.now() + device.lifeMs;
  return tokenOf(claimsOf(device));
};

/** Sends a frame on a connection. */
export const ask = async <Reply>(
  world: World,
  line: Line,
  what: string,
  act: Act<Reply>,
): Promise<Answer<Reply>> => {
  const { scheduler, record } = world;
  await scheduler.pause(scheduler.between(0, 20));
  if (!line.open || line.deaf) {
    await scheduler.pause(answerMs);
    return undefined;
  }
  const begun = scheduler.now();
  const { device, connection } = line.caller;
  const reply = await handle(world, async (app) => {
    const outcome = await act(app, line.caller);
    const { validUntil } = line;
    record.taken.push({ what, device, connection, validUntil, begun, at: scheduler.now() });
    return outcome;
  });
  if (!line.open || line.deaf || line.device.line !== line) return undefined;
  if (isRefusal(reply) && reply.code === 'revoked') line.device.isOut = true;
  if (isRefusal(reply) && reply.code === 'token-expired') line.isExpired = true;
  return reply;
};

/** Asks over HTTP, by the token that the device has. */
export const request = async <Reply>(
  world: World,
  device: Device,
  what: string,
  act: (app: App, caller: Caller) => Promise<Outcome<Reply>>,
): Promise<Answer<Reply>> => {
  const { scheduler, record } = world;
  const token = tokenOf(claimsOf(device));
  const validUntil = device.expiresAt;
  const begun = scheduler.now();
  return handle(world, async (app) => {
    const outcome = await act(app, await authenticate(app, token));
    record.taken.push({ what, device: device.id, validUntil, begun, at: scheduler.now() });
    return outcome;
  });
};
