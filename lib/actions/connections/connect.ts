import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { AppError, isUnavailable } from '../../errors.ts';
import { enrol } from '../admit.ts';
import { type TellUses, tellWatchers } from './tell-watchers.ts';

/** A browser says where its page is from; anything else says nothing. `*` lets every page in. */
const checkOrigin = (origin: string | undefined, allowed: readonly string[]) => {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return;
  throw new AppError('forbidden', 'unable to connect; pages of this origin may not');
};

/** Registers the connection. It cannot be posted to yet, for the handshake waits for this; others can. */
export const connect = async (
  app: TellUses & Pick<App, 'spareRates'>,
  caller: ConnectedCaller,
  { origin, allowed }: { origin: string | undefined; allowed: readonly string[] },
): Promise<void> => {
  checkOrigin(origin, allowed);
  try {
    const appeared = await enrol(app, caller, caller.epoch, limits.connects);
    if (appeared) await tellWatchers(app, { user: caller.user, online: true });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const retryAfterMs = await app.spareRates.take(caller.user, 'connect', limits.connects);
    if (retryAfterMs === undefined) throw error;
    throw new AppError('rate-limited', 'unable to connect; too many handshakes', { retryAfterMs });
  }
};
