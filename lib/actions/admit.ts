import type { InboxHead } from '../../schema/frames.ts';
import type { App } from '../app.ts';
import type { Caller, ConnectedCaller } from '../caller.ts';
import type { Gate } from '../connections/port.ts';
import { AppError, isUnavailable } from '../errors.ts';
import type { Wait } from '../rates/port.ts';
import { confirmDevice } from '../tokens/authenticate.ts';

const expired = () =>
  new AppError('token-expired', 'unable to act; the token of this connection has expired');

const limited = (retryAfterMs: number) =>
  new AppError('rate-limited', 'unable to send; too many messages in the window', { retryAfterMs });

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
      throw new AppError('unknown-connection', 'unable to act; this connection is not registered');
  }
};

type Uses = Pick<App, 'connections' | 'users' | 'rates' | 'spareRates' | 'clock' | 'policy'>;

/**
 * The first step of a send on a connection. A connection that Redis forgot is registered again, once its device is
 * found not to be revoked. With Redis away the truth is asked instead, and this container limits alone.
 */
export const admitSend = async (app: Uses, caller: ConnectedCaller): Promise<InboxHead | undefined> => {
  const { user, device, connection, expiresAt, role } = caller;
  const send = app.policy.sendWindow(role);
  try {
    const gate = await app.connections.gate(user, connection, { send });
    if (gate.kind !== 'unknown') return pass(gate);
    if (expiresAt <= app.clock.now()) throw expired();
    await confirmDevice(app, user, device);
    await app.connections.register({ user, connection, device, expiresAt });
    return pass(await app.connections.gate(user, connection, { send }));
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    if (expiresAt <= app.clock.now()) throw expired();
    await confirmDevice(app, user, device);
    const wait = await app.spareRates.take(user, 'send', send);
    if (wait !== undefined) throw limited(wait);
    return undefined;
  }
};

/** The same limit for a send over HTTP, where the token was verified with the request. */
export const admitPost = async (
  app: Pick<Uses, 'rates' | 'spareRates' | 'policy'>,
  caller: Caller,
): Promise<void> => {
  const send = app.policy.sendWindow(caller.role);
  let wait: Wait;
  try {
    wait = await app.rates.take(caller.user, 'send', send);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    wait = await app.spareRates.take(caller.user, 'send', send);
  }
  if (wait !== undefined) throw limited(wait);
};
