import type { DeviceId, UserId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import type { Claims } from '../tickets/port.ts';
import type { Verified } from './issuers.ts';

type Uses = Pick<App, 'tokens' | 'users' | 'clock'>;

/** The device's row is the truth about revocation, and is read wherever a token or a ticket is shown. */
export const confirmDevice = async (
  app: Pick<App, 'users'>,
  user: UserId,
  device: DeviceId,
): Promise<void> => {
  const known = await app.users.device(user, device);
  if (!known) throw new AppError('unauthorized', 'unable to let in; the device is not known');
  if (known.revokedAt !== undefined)
    throw new AppError('revoked', 'unable to let in; the device was revoked');
};

/** Users of other issuers get their rows when they are first seen. */
const adopt = async (app: Uses, { user, device, external }: Verified) => {
  if (!external || (await app.users.device(user, device))) return;
  const createdAt = app.clock.now();
  const [known] = await app.users.byIds([user]);
  if (!known) await app.users.add({ id: user, name: external.name, createdAt });
  await app.users.addDevice(user, device, createdAt);
};

/** Who shows this token; whether the device was revoked is not looked at. Throws `unauthorized` or `token-expired`. */
export const identify = async (app: Uses, token: string): Promise<Claims> => {
  const verified = await app.tokens.verify(token);
  await adopt(app, verified);
  const { external: _, ...claims } = verified;
  return claims;
};

/** Who shows this token. Throws `unauthorized`, `token-expired` or `revoked`. */
export const authenticate = async (app: Uses, token: string): Promise<Claims> => {
  const claims = await identify(app, token);
  await confirmDevice(app, claims.user, claims.device);
  return claims;
};
