import type { UserId } from '../../schema/ids.ts';
import type { InboxHead } from '../../schema/pushes.ts';
import type { App } from '../app.ts';
import type { Caller, ConnectedCaller } from '../caller.ts';
import type { Gate, GateAsks, Registration } from '../connections/port.ts';
import { dismiss } from '../dismiss.ts';
import { AppError, isUnavailable } from '../errors.ts';
import type { Window } from '../rates/port.ts';
import { takeSomewhere } from '../rates/spare.ts';
import { confirmDevice } from '../tokens/authenticate.ts';
import { type TellUses, tellWatchers } from './connections/tell-watchers.ts';

const expired = () =>
  new AppError('token-expired', 'unable to act; the token of this connection has expired');

const revoked = () => new AppError('revoked', 'unable to act; the device was revoked');

const unknown = () => new AppError('unknown-connection', 'unable to act; this connection is not registered');

const limited = (retryAfterMs: number) =>
  new AppError('rate-limited', 'unable to act; too many frames or messages in the window', { retryAfterMs });

/** What a gate says, as an exception where it is shut. */
export const pass = (gate: Gate): InboxHead => {
  switch (gate.kind) {
    case 'open':
      return gate.inbox;
    case 'expired':
      throw expired();
    case 'limited':
      throw limited(gate.retryAfterMs);
    case 'unknown':
      throw unknown();
  }
};

/** What the gate says, once those who watch were told that its user is back, where they believe otherwise. */
const welcome = async (app: TellUses, user: UserId, gate: Gate): Promise<InboxHead> => {
  const inbox = pass(gate);
  if (gate.kind === 'open' && gate.appeared) await tellWatchers(app, { user, online: true });
  return inbox;
};

/** The first step of a frame that only a connection which is known may send. */
export const letIn = async (
  app: TellUses,
  { user, connection }: Pick<ConnectedCaller, 'user' | 'connection'>,
  asks: GateAsks = {},
): Promise<InboxHead> => welcome(app, user, await app.connections.gate(user, connection, asks));

/**
 * Registers, and says goodbye to those that are too many by it. `true` where watchers believe the user offline. The
 * epoch is from before the device's row was read; `undefined` where Redis was away then.
 */
export const enrol = async (
  app: Pick<App, 'connections' | 'gateway'>,
  registration: Registration,
  epoch: string | undefined,
  handshakes?: Window,
): Promise<boolean> => {
  const registered =
    epoch === undefined
      ? ({ kind: 'forgotten' } as const)
      : await app.connections.register(registration, epoch, handshakes);
  switch (registered.kind) {
    case 'registered':
      await dismiss(app, registered.dropped, { code: 'too-many', reconnect: false, afterMs: 0 });
      return registered.appeared;
    case 'revoked':
      throw revoked();
    case 'limited':
      throw limited(registered.retryAfterMs);
    case 'ended':
      // Its goodbye may have been lost.
      await app.gateway.close(registration.connection);
      throw unknown();
    case 'forgotten':
      throw new AppError('unavailable', 'unable to register; Redis forgot what it knew of the device');
  }
};

export type ReaderUses = TellUses & Pick<App, 'users'>;

/**
 * Opens the gate, also to a connection that was forgotten: it is registered again once its device is found not to be
 * revoked. The end of its token that the gateway remembers may be older than a refresh; it counts only here, where
 * nothing else is known.
 */
const admit = async (app: ReaderUses, caller: ConnectedCaller, asks: GateAsks = {}): Promise<InboxHead> => {
  const { user, device, connection } = caller;
  const gate = await app.connections.gate(user, connection, asks);
  if (gate.kind !== 'unknown') return welcome(app, user, gate);
  if (caller.expiresAt <= app.clock.now()) throw expired();
  await confirmDevice(app, user, device);
  await enrol(app, caller, gate.epoch);
  return welcome(app, user, await app.connections.gate(user, connection, asks));
};

/** The truth, where Redis is away: the token as it was at the handshake, and the device's row. */
const admitCold = async (app: Pick<App, 'users' | 'clock'>, { user, device, expiresAt }: Caller) => {
  if (expiresAt <= app.clock.now()) throw expired();
  await confirmDevice(app, user, device);
};

/** The first step of a `sync` on a connection. */
export const admitReader = async (
  app: ReaderUses,
  caller: ConnectedCaller,
): Promise<InboxHead | undefined> => {
  try {
    return await admit(app, caller);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    await admitCold(app, caller);
    return undefined;
  }
};

export type SenderUses = ReaderUses & Pick<App, 'spareRates' | 'policy'>;

/** The first step of a send on a connection. With Redis away this container limits alone. */
export const admitSend = async (app: SenderUses, caller: ConnectedCaller): Promise<InboxHead | undefined> => {
  const send = await app.policy.sendWindow(caller.role);
  try {
    return await admit(app, caller, { send });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    await admitCold(app, caller);
    const wait = await app.spareRates.take(caller.user, 'send', send);
    if (wait !== undefined) throw limited(wait);
    return undefined;
  }
};

/** The same limit for a send over HTTP, where the token was verified with the request. */
export const admitPost = async (
  app: Pick<App, 'rates' | 'spareRates' | 'policy'>,
  { user, role }: Caller,
): Promise<void> => {
  const wait = await takeSomewhere(app, user, 'send', await app.policy.sendWindow(role));
  if (wait !== undefined) throw limited(wait);
};
