import type { Done } from '../../../schema/http/conversations.ts';
import type { DeviceId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { dismiss } from '../../dismiss.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';

/**
 * The row first: from then on no token of the device lets in. Then its connections are forgotten in one step that
 * also keeps out whoever read the row before. With Redis away it answers `unavailable`, and the device is revoked all
 * the same; the same request again closes its connections.
 */
export const revokeDevice = async (
  app: Pick<App, 'users' | 'connections' | 'gateway' | 'clock'>,
  { user }: Caller,
  device: DeviceId,
): Promise<Outcome<Done>> => {
  const known = await app.users.device(user, device);
  if (!known) throw new AppError('not-found', 'unable to revoke; no such device');
  if (known.revokedAt === undefined) await app.users.revoke(user, device, app.clock.now());
  const dropped = await app.connections.revoke(user, device);
  await dismiss(app, dropped, { code: 'revoked', reconnect: false, afterMs: 0 });
  return { reply: {} };
};
