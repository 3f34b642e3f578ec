import type { PresenceList } from '../../../schema/http/users.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import { apartFrom } from '../../blocks.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { complete } from './complete.ts';

export const readPresence = async (
  app: Pick<App, 'presence' | 'seen' | 'users'>,
  caller: Caller,
  users: UserId[],
): Promise<Outcome<PresenceList>> => {
  const asked = [...new Set(users)];
  const [states, apart] = await Promise.all([app.presence.of(asked), apartFrom(app, caller.user, asked)]);
  return { reply: { items: await complete(app, states, apart) } };
};
