import type { Kick } from '../../../schema/operate.ts';
import type { App } from '../../app.ts';
import { dismiss } from '../../dismiss.ts';

/** Ends connections of a user: all, those of a device, or one. Their token stays good: to keep out, revoke. */
export const kick = async (
  app: Pick<App, 'connections' | 'gateway'>,
  { user, device, connection }: Kick,
): Promise<{ closed: number }> => {
  const dropped = await app.connections.drop(user, {
    ...(device !== undefined && { device }),
    ...(connection !== undefined && { connection }),
  });
  await dismiss(app, dropped, { code: 'kicked', reconnect: false, afterMs: 0 });
  return { closed: dropped.length };
};
