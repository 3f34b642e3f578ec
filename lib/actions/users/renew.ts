import type { Session } from '../../../schema/http/users.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';

/** Another token of the caller's device and role. Users without a password are other issuers' to renew. */
export const renew = async (
  { users, tokens }: Pick<App, 'users' | 'tokens'>,
  { user: id, device, role }: Caller,
): Promise<Outcome<Session>> => {
  const [user] = await users.byIds([id]);
  if (!user?.password) throw new AppError('forbidden', 'unable to renew; the token is of another issuer');
  return { reply: { user: { id, name: user.name }, ...(await tokens.issue({ user: id, device, role })) } };
};
