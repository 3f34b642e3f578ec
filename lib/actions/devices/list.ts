import type { DeviceList } from '../../../schema/http/users.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';

/** Newest first. */
export const listDevices = async (
  { users, connections }: Pick<App, 'users' | 'connections'>,
  { user, device: current }: Caller,
): Promise<Outcome<DeviceList>> => {
  const [devices, open] = await Promise.all([users.devices(user), connections.of(user)]);
  const items = devices
    .filter(({ revokedAt }) => revokedAt === undefined)
    .sort((one, other) => other.createdAt - one.createdAt)
    .map(({ id, createdAt }) => ({
      id,
      createdAt,
      ...(id === current && { current: true as const }),
      connections: open.filter(({ device }) => device === id).length,
    }));
  return { reply: { items } };
};
