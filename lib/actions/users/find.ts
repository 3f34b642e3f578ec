import type { Me, UserList } from '../../../schema/http/users.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import type { UserRow } from '../../users/port.ts';

const shown = ({ id, name }: UserRow) => ({ id, name });

export const findByIds = async (
  { users }: Pick<App, 'users'>,
  ids: UserId[],
): Promise<Outcome<UserList>> => ({
  reply: { items: (await users.byIds([...new Set(ids)])).map(shown) },
});

export const findByName = async ({ users }: Pick<App, 'users'>, name: string): Promise<Outcome<UserList>> => {
  const user = await users.byName(name);
  return { reply: { items: user ? [shown(user)] : [] } };
};

export const readMe = async ({ users }: Pick<App, 'users'>, caller: Caller): Promise<Outcome<Me>> => {
  const [user] = await users.byIds([caller.user]);
  if (!user) throw new AppError('unauthorized', 'unable to let in; there is no such user');
  const { device, role, expiresAt } = caller;
  return { reply: { user: shown(user), device, role, expiresAt } };
};
