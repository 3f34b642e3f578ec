import type { RefreshToken } from '../../../schema/frames.ts';
import type { Ok } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { confirmDevice } from '../../tokens/authenticate.ts';
import { enrol, pass } from '../admit.ts';
import { type TellUses, tellWatchers } from './tell-watchers.ts';

type Uses = TellUses & Pick<App, 'tokens' | 'users'>;

/**
 * Lets a connection go on with a newer token of its user and device, also where it has expired or was forgotten: what
 * registers it again is the token and the device's row, both read here.
 */
export const refreshToken = async (
  app: Uses,
  caller: ConnectedCaller,
  { id, token }: RefreshToken,
): Promise<Outcome<Ok>> => {
  const { user, device, connection } = caller;
  const gate = await app.connections.gate(user, connection, {});
  if (gate.kind === 'limited') pass(gate);
  const shown = await app.tokens.verify(token);
  if (shown.user !== user || shown.device !== device) {
    throw new AppError('forbidden', 'unable to refresh; the token is of another user or device', {
      pointer: '/token',
    });
  }
  await confirmDevice(app, user, device);
  const registration = { ...caller, expiresAt: shown.expiresAt };
  const refreshed = await app.connections.refresh(registration);
  if (refreshed.kind === 'revoked') {
    throw new AppError('revoked', 'unable to refresh; the device was revoked');
  }
  const appeared =
    refreshed.kind === 'unknown'
      ? await enrol(app, registration, gate.kind === 'unknown' ? gate.epoch : undefined)
      : gate.kind === 'open' && gate.appeared;
  if (appeared) await tellWatchers(app, { user, online: true });
  const { expiresAt } = refreshed.kind === 'refreshed' ? refreshed : shown;
  return { reply: { type: 'ok', ...(id !== undefined && { id }), expiresAt } };
};
