import type { Session } from '../../../schema/http/users.ts';
import type { DeviceId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { UserRow } from '../../users/port.ts';

/** A new device of a user, and the token that belongs to it. */
export const openSession = async (
  { users, tokens, clock, chance }: Pick<App, 'users' | 'tokens' | 'clock' | 'chance'>,
  { id, name }: Pick<UserRow, 'id' | 'name'>,
): Promise<Session> => {
  const device = chance.id() as DeviceId;
  await users.addDevice(id, device, clock.now());
  return { user: { id, name }, ...(await tokens.issue({ user: id, device, role: 'user' })) };
};
