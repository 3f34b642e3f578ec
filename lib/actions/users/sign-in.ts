import type { Credentials, Session } from '../../../schema/http/users.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { verifyPassword } from '../../tokens/passwords.ts';
import { foldName } from '../../users/port.ts';
import { openSession } from './session.ts';

/** Attempts are counted by name: whoever guesses one password waits, from wherever he asks. */
export const limitSignIn = async ({ rates }: Pick<App, 'rates'>, name: string): Promise<void> => {
  const subject = Buffer.from(foldName(name)).toString('base64url');
  const retryAfterMs = await rates.take(subject, 'login', limits.login);
  if (retryAfterMs === undefined) return;
  throw new AppError('rate-limited', 'unable to sign in; too many attempts for this name', { retryAfterMs });
};

export const signIn = async (
  app: Pick<App, 'users' | 'tokens' | 'rates' | 'clock' | 'chance'>,
  { name, password }: Credentials,
): Promise<Outcome<Session>> => {
  await limitSignIn(app, name);
  const user = await app.users.byName(name);
  const right = await verifyPassword(password, user?.password);
  if (!user || !right) throw new AppError('unauthorized', 'unable to sign in; name or password is wrong');
  return { reply: await openSession(app, user) };
};
