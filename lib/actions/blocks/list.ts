import type { UserList } from '../../../schema/http/users.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';

export const listBlocks = async (
  { users }: Pick<App, 'users'>,
  { user }: Caller,
): Promise<Outcome<UserList>> => {
  const blocked = await users.byIds(await users.blockedBy(user));
  return { reply: { items: blocked.map(({ id, name }) => ({ id, name })) } };
};
