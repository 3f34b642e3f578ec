import type { Credentials, Session } from '../../../schema/http/users.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { hashPassword, verifyPassword } from '../../tokens/passwords.ts';
import type { UserRow } from '../../users/port.ts';
import { openSession } from './session.ts';
import { limitSignIn } from './sign-in.ts';

type Uses = Pick<App, 'users' | 'tokens' | 'rates' | 'clock' | 'chance' | 'policy'>;

const nameTaken = () =>
  new AppError('name-taken', 'unable to register; somebody has that name', { pointer: '/name' });

/** A registration that died before its first token is the caller's own, if the password says so. */
const complete = async (app: Uses, { name, password }: Credentials): Promise<UserRow> => {
  await limitSignIn(app, name);
  const holder = await app.users.byName(name);
  if (!holder || (await app.users.hasDevices(holder.id))) throw nameTaken();
  if (!(await verifyPassword(password, holder.password))) throw nameTaken();
  return holder;
};

export const register = async (app: Uses, credentials: Credentials): Promise<Outcome<Session>> => {
  const { name, password } = credentials;
  if (!app.policy.registers())
    throw new AppError('forbidden', 'unable to register; accounts come from elsewhere');
  if (await app.users.byName(name))
    return { reply: await openSession(app, await complete(app, credentials)) };
  const user: UserRow = {
    id: `u:${app.chance.id()}` as UserId,
    name,
    password: await hashPassword(password),
    createdAt: app.clock.now(),
  };
  await app.users.add(user);
  const holder = await app.users.claimName(name, user.id);
  return { reply: await openSession(app, holder === undefined ? user : await complete(app, credentials)) };
};
